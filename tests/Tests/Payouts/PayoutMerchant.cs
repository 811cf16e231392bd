using System.Text.Json;
using Florin.Tests.Faults;
using Florin.Tests.Subscriptions;
using Xunit;

namespace Florin.Tests.Payouts;

/// <summary>A business that takes payments and is paid out, and the judge of it: the provider's record of payouts against SQL over the ledger.</summary>
internal sealed class PayoutMerchant(BillingWorld world, BillingMerchant shop, string bank)
{
    public string Id => shop.Id;

    public string Bank => bank;

    public static Task<PayoutMerchant> CreateAsync(BillingWorld world, string account = "pm_usBankAccount_success") =>
        LinkAsync(world, new { payment_method_id = account });

    /// <summary>One that is paid to a PayPal account.</summary>
    public static Task<PayoutMerchant> CreateWithPayPalAsync(BillingWorld world) => LinkAsync(world, new { paypal_account = "shop@example.com" });

    private static async Task<PayoutMerchant> LinkAsync(BillingWorld world, object account)
    {
        BillingMerchant shop = await BillingMerchant.CreateAsync(world);
        HttpAnswer linked = await shop.SendAsync("/wallets/funding-sources", account);
        Assert.True(linked.Status == 201, linked.ToString());
        return new PayoutMerchant(world, shop, linked.Id);
    }

    public Task<HttpAnswer> SendAsync(string path, object body, string? key = null) => shop.SendAsync(path, body, key);

    public Task<JsonElement> GetAsync(string path) => shop.GetAsync(path);

    /// <summary>Takes a payment whose money the provider can pay out at once.</summary>
    public async Task<string> PayAsync(string amount, string currency = "USD")
    {
        HttpAnswer answer = await shop.SendAsync("/payments", new { amount, currency, payment_source = "pm_card_bypassPending", capture = "automatic" });
        Assert.True(answer is { Status: 201, MovementStatus: "captured" }, answer.ToString());
        return answer.Id;
    }

    public Task<HttpAnswer> PayoutAsync(string amount, string? key = null) =>
        shop.SendAsync("/merchants/me/payouts", new { amount, currency = "USD", destination_id = bank }, key);

    public async Task<JsonElement> ScheduleAsync(string interval, int delayDays = 0, params string[] currencies)
    {
        string[] all = currencies.Length == 0 ? ["USD"] : currencies;
        HttpAnswer answer = await SendPutAsync(
            new { interval, delay_days = delayDays, currencies = all.Select(currency => new { currency, minimum_amount = "10.00", destination_id = bank }) });
        Assert.True(answer.Status == 200, answer.ToString());
        return answer.Body;
    }

    public Task<HttpAnswer> SendPutAsync(object schedule) => shop.PutAsync("/merchants/me/payout-schedule", schedule);

    /// <summary>Newest first.</summary>
    public async Task<JsonElement[]> BatchesAsync() => [.. (await shop.GetAsync("/merchants/me/payout-batches")).GetProperty("data").EnumerateArray()];

    public async Task<JsonElement> BatchAsync(DateOnly period) =>
        (await BatchesAsync()).Single(batch => batch.GetProperty("period").GetString() == $"{period:yyyy-MM-dd}");

    public Task<HttpAnswer> PayLineAsync(string batch, string currency = "USD", string? key = null) =>
        shop.SendAsync($"/merchants/me/payout-batches/{batch}/lines/{currency}/pay", new { }, key);

    /// <summary>By an operator.</summary>
    public async Task<HttpAnswer> OperateAsync(string path, object? body = null)
    {
        using HttpResponseMessage response = await world.Server.SendAsync(
            HttpMethod.Post, $"/merchants/{Id}{path}", body ?? new { }, world.Server.AdminApiKey, world.NewKey());
        return await HttpAnswer.ReadAsync(response);
    }

    /// <summary>A balance by the ledger's history alone, in cents.</summary>
    public async Task<long> BalanceAsync(string address, string currency = "USD") => (long)await world.Database.QueryAsync<decimal>(
        "select coalesce(sum(case when normal_side = 1 then credits_posted - debits_posted - debits_pending "
        + $"else debits_posted - credits_posted end), 0) from ledger.balances where address = '{address}' and asset = '{currency}'");

    public Task<long> AvailableAsync(string currency = "USD") => BalanceAsync($"merchant:{Id}:available", currency);

    /// <summary>What the provider has paid out for this merchant and did not get back, or has under way: amounts in cents, the smallest first.</summary>
    public async Task<long[]> PaidAsync() =>
        [.. (await PayoutsAsync()).Where(payout => Text(payout, "status") is not ("failed" or "canceled")).Select(payout => payout.GetProperty("amount").GetInt64()).Order()];

    /// <summary>The provider's record of this merchant's payouts, of whatever state.</summary>
    public async Task<IReadOnlyList<JsonElement>> PayoutsAsync()
    {
        HashSet<string> ours = [.. (await world.RowsAsync($"select id from flows.flow where owner_id = '{Id}' and kind = 'merchant.payout'")).Select(row => row[0])];
        return [.. (await world.Sandbox.ObjectsAsync("payout")).Where(payout =>
            payout.GetProperty("metadata").TryGetProperty("florin_reference", out JsonElement reference) && ours.Contains(reference.GetString()!))];
    }

    /// <summary>Holds the books against the provider's record: what was taken from the merchant's balance is what the provider has paid or is paying.</summary>
    /// <param name="expected">Amounts in cents, the smallest first.</param>
    public async Task JudgeAsync(params long[] expected)
    {
        Assert.Equal(expected, await PaidAsync());
        Assert.Equal(expected.Sum(), await DebitedAsync());
        Assert.Equal(0L, await world.Database.QueryAsync<long>($"select count(*) from flows.flow where owner_id = '{Id}' and parked_reason is not null"));
        Assert.Equal(0m, await world.Database.QueryAsync<decimal>("select coalesce(sum(debits_posted - credits_posted), 0) from ledger.balances"));
    }

    /// <summary>What payouts have taken from this merchant and not given back, in cents of all currencies.</summary>
    private async Task<long> DebitedAsync() => (long)await world.Database.QueryAsync<decimal>(
        "select coalesce(sum(case when a.number = e.debit_account then e.posted else -e.posted end), 0) "
        + "from ledger.effects e join ledger.transfers t on t.sequence = e.sequence join ledger.accounts a on a.number in (e.debit_account, e.credit_account) "
        + "join ledger.transactions x on x.transaction_id = t.transaction_id join flows.flow f on f.id::text = x.reference "
        + $"where a.address = 'merchant:{Id}:available' and f.kind = 'merchant.payout'");

    public static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
