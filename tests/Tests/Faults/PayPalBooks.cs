using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Holds a merchant's books against PayPal's own record.</summary>
internal static class PayPalBooks
{
    private static readonly string[] Taken = ["COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"];

    /// <summary>PayPal's captures of a payment, of whatever state.</summary>
    public static async Task<IReadOnlyList<JsonElement>> CapturesAsync(HttpWorld world, string payment) =>
        [.. (await world.Sandbox.PayPalObjectsAsync("capture")).Where(capture => Text(capture, "custom_id") == payment)];

    /// <summary>PayPal's orders of a payment.</summary>
    public static async Task<IReadOnlyList<JsonElement>> OrdersAsync(HttpWorld world, string payment) =>
        [.. (await world.Sandbox.PayPalObjectsAsync("order")).Where(order => Text(order.GetProperty("purchase_units")[0], "custom_id") == payment)];

    /// <summary>Payment by payment: what PayPal took less what it gave back is what can be refunded, and their sum is what the books say that PayPal holds.</summary>
    public static async Task JudgeAsync(HttpWorld world, HttpMerchant merchant)
    {
        IReadOnlyList<JsonElement> refunds = await world.Sandbox.PayPalObjectsAsync("refund");
        string[] payments = await FlowsAsync(world, merchant, "payment");
        string[] known = await FlowsAsync(world, merchant, "payment.refund");
        long held = 0;
        foreach (string payment in payments)
        {
            long taken = (await CapturesAsync(world, payment)).Where(capture => Taken.Contains(Text(capture, "status"))).Sum(Cents);
            string ours = await world.Database.QueryAsync<string>(
                $"select coalesce(string_agg(id::text, ' '), '') from flows.flow where kind = 'payment.refund' and data->>'payment_id' = '{payment}'");
            long returned = refunds.Where(refund => ours.Split(' ').Contains(FlowOf(refund)) && Text(refund, "status") is "COMPLETED" or "PENDING").Sum(Cents);
            Assert.InRange(returned, 0, taken);
            Assert.Equal(taken - returned, await merchant.BalanceAsync($"payment:{payment}:refundable"));
            held += taken - returned;
        }


        // Each part of a refund is there once.
        string[] parts = [.. refunds.Where(refund => known.Contains(FlowOf(refund))).Select(refund => Text(refund, "custom_id")!)];
        Assert.Equal(parts.Distinct(), parts);
        Assert.Equal(held, await merchant.ShareAsync("psp:paypal:clearing"));
        Assert.Equal(0L, await world.Database.QueryAsync<long>(
            $"select count(*) from flows.flow where owner_id = '{merchant.Id}' and parked_reason is not null"));
        Assert.Equal(0m, await world.Database.QueryAsync<decimal>(
            "select coalesce(sum(debits_posted - credits_posted), 0) from ledger.balances where asset = 'USD'"));
    }

    private static async Task<string[]> FlowsAsync(HttpWorld world, HttpMerchant merchant, string kind) =>
        (await world.Database.QueryAsync<string>(
            $"select coalesce(string_agg(id::text, ' '), '') from flows.flow where owner_id = '{merchant.Id}' and kind = '{kind}' and data->>'provider' = 'paypal'"))
        .Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The flow of a refund, whichever part of it this is.</summary>
    private static string? FlowOf(JsonElement refund) => Text(refund, "custom_id")?.Split(':')[0];

    private static long Cents(JsonElement item) =>
        (long)(decimal.Parse(Text(item.GetProperty("amount"), "value")!, CultureInfo.InvariantCulture) * 100);

    private static string? Text(JsonElement item, string name) => item.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
