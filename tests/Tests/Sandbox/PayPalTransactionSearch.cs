using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Sandbox;

/// <summary>What PayPal's sandbox tells of its balance: every movement once, in pages, within PayPal's limits, and in sum the balance.</summary>
public sealed class PayPalTransactionSearch(SandboxFixture fixture) : IClassFixture<SandboxFixture>
{
    private SandboxProcess Sandbox => fixture.Sandbox;

    [Fact]
    public async Task Everything_that_moves_the_balance_is_listed_once_and_adds_up_to_it()
    {
        var paypal = await PayPalCaller.StartAsync(Sandbox);
        decimal before = await BalanceAsync(paypal);
        var order = await paypal.PostAsync("/v2/checkout/orders", PayPalCaller.Order(), "search-1");
        string capture = order.Body.GetProperty("purchase_units")[0].GetProperty("payments").GetProperty("captures")[0].GetProperty("id").GetString()!;
        var refund = await paypal.PostAsync(
            $"/v2/payments/captures/{capture}/refund", new JsonObject { ["amount"] = new JsonObject { ["currency_code"] = "USD", ["value"] = "3.00" } }, "search-2");
        await paypal.PostAsync("/v1/payments/payouts", new JsonObject
        {
            ["sender_batch_header"] = new JsonObject { ["sender_batch_id"] = "search-3" },
            ["items"] = new JsonArray(new JsonObject
            {
                ["receiver"] = "alice@example.com", ["sender_item_id"] = "item-3", ["amount"] = new JsonObject { ["currency"] = "USD", ["value"] = "1.00" },
            }),
        });
        await Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        string withdrawal = (await Sandbox.PayPalWithdrawAsync("2.00"))!.Value.GetProperty("transaction_id").GetString()!;
        await Sandbox.ReturnPayPalAsync(withdrawal);

        JsonElement[] rows = [.. (await ListAsync(paypal, "&page_size=3")).Concat(await ListAsync(paypal, "&page_size=3&page=2")).Concat(await ListAsync(paypal, "&page_size=3&page=3"))];
        Assert.Equal(["T0006", "T1107", "T1503", "T1105", "T0001", "T0400", "T1101"], rows.Select(row => Text(row, "transaction_event_code")));
        Assert.Equal((capture, refund.Id, withdrawal), (Text(rows[0], "transaction_id"), Text(rows[1], "transaction_id"), Text(rows[5], "transaction_id")));
        Assert.Equal((capture, withdrawal, "item-3"), (Text(rows[1], "paypal_reference_id"), Text(rows[6], "paypal_reference_id"), Text(rows[4], "custom_field")));
        Assert.Equal("V", Text(rows[5], "transaction_status"));
        Assert.Equal(10.50m - 0.31m - 3 - 1, rows.Sum(Net));
        Assert.Equal(before + rows.Sum(Net), await BalanceAsync(paypal));
        Assert.Equal(await BalanceAsync(paypal), decimal.Parse(Text(rows[6].GetProperty("ending_balance"), "value")!, CultureInfo.InvariantCulture));

        JsonElement alone = Assert.Single(await ListAsync(paypal, "&transaction_type=T1107"));
        Assert.False(alone.TryGetProperty("ending_balance", out _));
        await Sandbox.ListPayPalAsync(capture, isLate: true);
        Assert.Empty(await ListAsync(paypal, $"&transaction_id={capture}"));
        await Sandbox.ListPayPalAsync(capture, isTwice: true);
        Assert.Equal(2, (await ListAsync(paypal, $"&transaction_id={capture}")).Count());
    }

    [Theory]
    [InlineData("start_date=2026-01-01T00:00:00Z")]
    [InlineData("start_date=2026-01-01&end_date=2026-01-02")]
    [InlineData("start_date=2026-01-01T00:00:00Z&end_date=2026-02-01T00:00:01Z")]
    [InlineData("start_date=2026-01-02T00:00:00Z&end_date=2026-01-01T00:00:00Z")]
    [InlineData("start_date=9000-01-01T00:00:00Z&end_date=9000-01-02T00:00:00Z")]
    public async Task A_span_that_the_search_does_not_take_is_refused(string span)
    {
        var paypal = await PayPalCaller.StartAsync(Sandbox);
        Assert.Equal(HttpStatusCode.BadRequest, (await paypal.GetAsync($"/v1/reporting/transactions?{span}")).Status);
    }

    private static async Task<IEnumerable<JsonElement>> ListAsync(PayPalCaller paypal, string more)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        var reply = await paypal.GetAsync($"/v1/reporting/transactions?start_date={Time(now.AddDays(-1))}&end_date={Time(now.AddDays(1))}{more}");
        Assert.Equal(HttpStatusCode.OK, reply.Status);
        return reply.Body.GetProperty("transaction_details").EnumerateArray().Select(row => row.GetProperty("transaction_info"));
    }

    private static async Task<decimal> BalanceAsync(PayPalCaller paypal) => decimal.Parse(
        (await paypal.GetAsync("/v1/reporting/balances?currency_code=USD")).Body.GetProperty("balances")[0].GetProperty("total_balance").GetProperty("value").GetString()!,
        CultureInfo.InvariantCulture);

    private static decimal Net(JsonElement row) => Value(row, "transaction_amount") + Value(row, "fee_amount");

    private static decimal Value(JsonElement row, string name) =>
        row.TryGetProperty(name, out JsonElement money) ? decimal.Parse(Text(money, "value")!, CultureInfo.InvariantCulture) : 0;

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string? Text(JsonElement part, string name) => part.TryGetProperty(name, out var value) ? value.GetString() : null;
}
