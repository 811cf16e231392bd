using System.Text.Json;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>A business and what it asks of the payments' API, with the judge of its books: the provider's record against SQL over the ledger.</summary>
internal sealed class HttpMerchant(HttpWorld world, string id, string token)
{
    public string Id => id;

    public static async Task<HttpMerchant> CreateAsync(HttpWorld world)
    {
        await world.Sandbox.ClearFaultsAsync();
        (string id, _, string token) = await world.Server.CreateUserAsync("Shop", "business");
        return new HttpMerchant(world, id, token);
    }

    public async Task<HttpAnswer> SendAsync(string path, object body, string? key = null)
    {
        using HttpResponseMessage response = await world.Server.SendAsync(HttpMethod.Post, path, body, token, key ?? world.NewKey());
        return await HttpAnswer.ReadAsync(response);
    }

    public async Task RemoveSourceAsync(string source)
    {
        using HttpResponseMessage response = await world.Server.SendAsync(HttpMethod.Delete, $"/wallets/funding-sources/{source}", null, token);
        Assert.Equal(204, (int)response.StatusCode);
    }

    public Task<JsonElement> GetAsync(string path) => world.Server.GetAsync(path, token);

    public Task<HttpAnswer> PayAsync(
        string amount, string? key = null, string capture = "automatic", string source = "pm_card_visa", string? obligation = null) =>
        SendAsync("/payments", new { amount, currency = "USD", payment_source = source, capture, obligation }, key);

    public Task<HttpAnswer> CaptureAsync(string payment, string? amount = null, string? key = null) =>
        SendAsync($"/payments/{payment}/capture", amount is null ? new { } : new { amount }, key);

    /// <summary>Captures a part and leaves the rest reserved.</summary>
    public Task<HttpAnswer> CapturePartAsync(string payment, string amount, string? key = null) =>
        SendAsync($"/payments/{payment}/capture", new { amount, final = false }, key);

    public Task<HttpAnswer> VoidAsync(string payment, string? key = null) => SendAsync($"/payments/{payment}/void", new { }, key);

    public Task<HttpAnswer> RefundAsync(string payment, string? amount = null, string? key = null) =>
        SendAsync($"/payments/{payment}/refunds", new { amount, reason = "asked for" }, key);

    public async Task<string> StatusAsync(string payment) => (await GetAsync($"/payments/{payment}")).GetProperty("status").GetString()!;

    public Task StatusAsync(string payment, string status) =>
        Eventually.GetAsync(() => StatusAsync(payment), found => found == status, $"payment {payment} {status}");

    /// <summary>A balance of an account by the ledger's history alone, in cents, what pending debits hold left out.</summary>
    public async Task<long> BalanceAsync(string address) => (long)await world.Database.QueryAsync<decimal>(
        "select coalesce(sum(case when normal_side = 1 then credits_posted - debits_posted - debits_pending "
        + $"else debits_posted - credits_posted end), 0) from ledger.balances where address = '{address}' and asset = 'USD'");

    public Task<long> AvailableAsync() => BalanceAsync($"merchant:{id}:available");

    /// <summary>The provider's record of this merchant's payments, of whatever state.</summary>
    public async Task<IReadOnlyList<JsonElement>> PaymentsAsync()
    {
        string flows = await world.Database.QueryAsync<string>(
            $"select coalesce(string_agg(id::text, ' '), '') from flows.flow where owner_id = '{id}' and kind = 'payment'");
        HashSet<string> ours = [.. flows.Split(' ')];
        return [.. (await world.Sandbox.ObjectsAsync("payment_intent")).Where(payment =>
            payment.GetProperty("metadata").TryGetProperty("florin_reference", out JsonElement reference) && ours.Contains(reference.GetString()!))];
    }

    public Task<long> FlowsAsync(string kind = "payment") =>
        world.Database.QueryAsync<long>($"select count(*) from flows.flow where owner_id = '{id}' and kind = '{kind}'");

    /// <summary>
    /// Holds the books against the provider's own record, payment by payment (V5, V11): what it captured, less what it gave back and was not sent back, less
    /// what it withholds for disputes, is what can be refunded; nothing was captured above the amount, and nothing given back above what was captured.
    /// Debits equal credits (V1).
    /// </summary>
    public async Task JudgeAsync()
    {
        IReadOnlyList<JsonElement> refunds = await world.Sandbox.ObjectsAsync("refund");
        IReadOnlyList<JsonElement> disputes = await world.Sandbox.ObjectsAsync("dispute");
        long held = 0;
        foreach (JsonElement payment in await PaymentsAsync())
        {
            string flow = payment.GetProperty("metadata").GetProperty("florin_reference").GetString()!;
            long taken = payment.GetProperty("amount_received").GetInt64();
            long returned = Of(payment, refunds).Where(refund => refund.GetProperty("status").GetString() != "failed").Sum(refund => refund.GetProperty("amount").GetInt64());
            JsonElement[] moves = [.. Of(payment, disputes).SelectMany(dispute => dispute.GetProperty("balance_transactions").EnumerateArray())];
            long disputed = moves.Sum(move => move.GetProperty("amount").GetInt64());
            Assert.InRange(taken, 0, payment.GetProperty("amount").GetInt64());
            Assert.InRange(returned - disputed, 0, taken);
            Assert.Equal(taken - returned + disputed, await BalanceAsync($"payment:{flow}:refundable"));
            held += taken - returned + disputed - moves.Sum(move => move.GetProperty("fee").GetInt64());
        }

        // What the provider holds by its own record is what the books say that it holds, to the cent.
        Assert.Equal(held, await ShareAsync("psp:stripe:clearing"));
        Assert.Equal(0L, await world.Database.QueryAsync<long>(
            $"select count(*) from flows.flow where owner_id = '{id}' and parked_reason is not null"));
        Assert.Equal(0m, await world.Database.QueryAsync<decimal>(
            "select coalesce(sum(debits_posted - credits_posted), 0) from ledger.balances where asset = 'USD'"));
    }

    private static IEnumerable<JsonElement> Of(JsonElement payment, IReadOnlyList<JsonElement> objects) =>
        objects.Where(other => other.GetProperty("payment_intent").GetString() == payment.GetProperty("id").GetString());

    /// <summary>What this merchant's flows moved on an account that others use as well, in cents: debits less credits, pending ones left out.</summary>
    public async Task<long> ShareAsync(string address) => (long)await world.Database.QueryAsync<decimal>(
        "select coalesce(sum(case when a.number = e.debit_account then e.posted else -e.posted end), 0) "
        + "from ledger.effects e join ledger.transfers t on t.sequence = e.sequence join ledger.accounts a on a.number in (e.debit_account, e.credit_account) "
        + "join ledger.transactions x on x.transaction_id = t.transaction_id join flows.flow f on f.id::text = x.reference "
        + $"where a.address = '{address}' and a.asset = 'USD' and f.owner_id = '{id}'");

    /// <summary>Takes money out of the merchant's balance by an operator's posting, as a payout would.</summary>
    public async Task TakeAsync(string amount) => await world.Server.PostAsync(
        "/ledger/transactions",
        new { kind = "posted", transfers = new[] { new { debit = $"merchant:{id}:available", credit = "revenue:fees", amount, currency = "USD", code = 9001 } } },
        world.Server.AdminApiKey,
        world.NewKey());
}
