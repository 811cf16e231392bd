using System.Globalization;
using System.Text.Json;
using Florin.Tests.Faults;
using Xunit;

namespace Florin.Tests.Payouts;

/// <summary>A business that has taken 100.00 through PayPal (96.80 after fees) and is paid out to a PayPal account; and the judge: PayPal's own record against SQL over the ledger.</summary>
internal sealed class PayPalPayee(HttpWorld world, HttpMerchant merchant, string destination)
{
    /// <summary>What it has in its balance before any payout, in cents.</summary>
    public const long Opening = 96_80;

    /// <summary>Enough of the sandbox's clock for a batch to come to its end.</summary>
    public static readonly TimeSpan Processing = TimeSpan.FromSeconds(5);

    private const long Taken = 100_00;

    public HttpMerchant Merchant => merchant;

    public string Destination => destination;

    /// <param name="receiver">What stands before the <c>@</c> says what becomes of a payout.</param>
    /// <param name="isCalm">Whether PayPal must have answered well before, so that faults do not open the breaker.</param>
    public static async Task<PayPalPayee> CreateAsync(HttpWorld world, string receiver = "payee@example.com", bool isCalm = false)
    {
        HttpMerchant merchant = isCalm ? await PayPalCalm.MerchantAsync(world) : await HttpMerchant.CreateAsync(world);
        HttpAnswer paid = await merchant.PayAsync("100.00", source: "paypal:sandbox_ok");
        await merchant.StatusAsync(paid.Id, "captured");
        HttpAnswer linked = await merchant.SendAsync("/wallets/funding-sources", new { paypal_account = receiver });
        Assert.True(linked.Status == 201, linked.ToString());
        Assert.Equal(("paypal", "active"), (Text(linked.Body, "kind"), Text(linked.Body, "status")));
        return new PayPalPayee(world, merchant, linked.Id);
    }

    public Task<HttpAnswer> PayoutAsync(string amount, string? key = null, string currency = "USD") =>
        merchant.SendAsync("/merchants/me/payouts", new { amount, currency, destination_id = destination }, key);

    public Task<JsonElement> ShowAsync(string payout) => merchant.GetAsync($"/merchants/me/payouts/{payout}");

    public Task<JsonElement> UntilAsync(string payout, string status) =>
        Eventually.GetAsync(() => ShowAsync(payout), found => Text(found, "status") == status, $"payout {payout} {status}", TimeSpan.FromSeconds(90));

    /// <summary>PayPal's items that carry a flow's reference, of whatever state.</summary>
    public static async Task<IReadOnlyList<JsonElement>> ItemsAsync(HttpWorld world, string flow) =>
        [.. (await world.Sandbox.PayPalObjectsAsync("payout_item")).Where(item => Text(item.GetProperty("payout_item"), "sender_item_id") == flow)];

    public async Task<JsonElement> ItemAsync(string payout) => Assert.Single(await ItemsAsync(world, payout));

    /// <summary>
    /// PayPal has each payout at most once, and what it has paid or is paying is what the books say: the rest is in the merchant's balance again.
    /// </summary>
    public async Task JudgeAsync()
    {
        string[] payouts = (await world.Database.QueryAsync<string>(
            $"select coalesce(string_agg(id::text, ' '), '') from flows.flow where owner_id = '{merchant.Id}' and kind = 'merchant.payout'"))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        long paid = 0, underWay = 0;
        foreach (string payout in payouts)
        {
            IReadOnlyList<JsonElement> items = await ItemsAsync(world, payout);
            Assert.InRange(items.Count, 0, 1);
            paid += items.Where(item => Text(item, "transaction_status") == "SUCCESS").Sum(Cents);
            underWay += items.Where(item => Text(item, "transaction_status") is "PENDING" or "UNCLAIMED" or "ONHOLD").Sum(Cents);
        }

        Assert.Equal(Taken - paid, await merchant.ShareAsync("psp:paypal:clearing"));
        Assert.Equal(-underWay, await merchant.ShareAsync("payout:paypal:in_transit"));
        Assert.Equal(Opening - paid - underWay, await merchant.AvailableAsync());
        Assert.Equal(0L, await world.Database.QueryAsync<long>(
            $"select count(*) from flows.flow where owner_id = '{merchant.Id}' and parked_reason is not null"));
        Assert.Equal(0m, await world.Database.QueryAsync<decimal>(
            "select coalesce(sum(debits_posted - credits_posted), 0) from ledger.balances where asset = 'USD'"));
    }

    public static string? Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long Cents(JsonElement item) =>
        (long)(decimal.Parse(Text(item.GetProperty("payout_item").GetProperty("amount"), "value")!, CultureInfo.InvariantCulture) * 100);
}
