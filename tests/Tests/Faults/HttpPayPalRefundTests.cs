using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Florin.Tests.Sandbox;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Refunds of payments that were captured in parts, with PayPal's own record and SQL as judges.</summary>
public sealed class HttpPayPalRefundTests(HttpPollingWorld world) : IClassFixture<HttpPollingWorld>
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_refund_is_spread_over_captures_and_each_part_is_posted_once()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        (string payment, string[] captures) = await CapturedAsync(merchant);

        // Other money, for the cent that rounding leaves with the house.
        await merchant.PayAsync("10.00", source: "paypal:sandbox_ok");

        // One capture covers it.
        HttpAnswer small = await merchant.RefundAsync(payment, "4.00");
        Assert.Equal((201, "succeeded", "4.00"), (small.Status, small.MovementStatus, Refunded(small)));
        Assert.Equal([(captures[0], 4_00L)], await PartsAsync(small.Id));

        // None covers it.
        HttpAnswer large = await merchant.RefundAsync(payment, "45.00");
        Assert.Equal((201, "succeeded", "45.00"), (large.Status, large.MovementStatus, Refunded(large)));
        Assert.Equal([(captures[0], 26_00L), (captures[1], 19_00L)], await PartsAsync(large.Id));
        Assert.StartsWith("created submitting submitting succeeded", await world.PathAsync(large.Id), StringComparison.Ordinal);
        await merchant.StatusAsync(payment, "partially_refunded");
        Assert.Equal((409, "limit_exceeded"), Refusal(await merchant.RefundAsync(payment, "11.01")));

        HttpAnswer rest = await merchant.RefundAsync(payment);
        Assert.Equal((201, "succeeded", "11.00"), (rest.Status, rest.MovementStatus, Refunded(rest)));
        Assert.Equal([(captures[1], 1_00L), (captures[2], 10_00L)], await PartsAsync(rest.Id));
        await merchant.StatusAsync(payment, "refunded");
        await PayPalBooks.JudgeAsync(world, merchant);

        // The fee went back with the parts, rounded down for each refund; that of the other payment stays.
        Assert.Equal(1 + 59, await FeeKeptAsync(merchant));
    }

    [Fact]
    public async Task A_part_whose_answer_is_lost_is_cleared_up_before_the_next_is_sent_and_happens_once()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        (string payment, string[] captures) = await CapturedAsync(merchant);
        await world.Sandbox.PayPalFaultAsync("captures.refund", "malformed_body", count: 2);
        HttpAnswer refund = await merchant.RefundAsync(payment, "59.00");
        await world.StateAsync(refund.Id, "succeeded");
        await merchant.StatusAsync(payment, "partially_refunded");
        Assert.Equal([(captures[0], 30_00L), (captures[1], 20_00L), (captures[2], 9_00L)], await PartsAsync(refund.Id));
        Assert.StartsWith("created submitting unknown submitting", await world.PathAsync(refund.Id), StringComparison.Ordinal);
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Fact]
    public async Task What_cannot_be_given_back_stays_with_the_merchant_and_is_told()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        (string payment, string[] captures) = await CapturedAsync(merchant);
        long before = await merchant.AvailableAsync();

        // Somebody gives back at PayPal by hand what Florin does not know of.
        await GiveBackByHandAsync(captures[1], null);
        await GiveBackByHandAsync(captures[2], "5.00");
        HttpAnswer refund = await merchant.RefundAsync(payment);
        Assert.Equal((201, "partially_succeeded", "35.00"), (refund.Status, refund.MovementStatus, Refunded(refund)));
        Assert.Equal([(captures[0], 30_00L), (captures[2], 5_00L)], await PartsAsync(refund.Id));
        await merchant.StatusAsync(payment, "partially_refunded");

        // 35 of 60 with their share of the fee, rounded down.
        long fee = 60_00 - before;
        Assert.Equal(before - (35_00 - (fee * 35 / 60)), await merchant.AvailableAsync());
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Fact]
    public async Task A_part_that_another_hand_was_quicker_than_goes_to_another_capture()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        (string payment, string[] captures) = await CapturedAsync(merchant);
        await world.Sandbox.PayPalFaultAsync("captures.refund", "slow", more: new JsonObject { ["delay_ms"] = 1_500 });
        Task<HttpAnswer> asked = merchant.RefundAsync(payment, "15.00");
        await world.Sandbox.WhenFaultStruckAsync("slow");
        await GiveBackByHandAsync(captures[0], null);
        HttpAnswer refund = await asked;
        Assert.Equal((201, "succeeded", "15.00"), (refund.Status, refund.MovementStatus, Refunded(refund)));
        Assert.Equal([(captures[1], 15_00L)], await PartsAsync(refund.Id));
        Assert.Equal("part_refused", await world.Database.QueryAsync<string>(
            $"select reason from flows.history where flow_id = '{refund.Id}' and reason like 'part_%'"));
        await merchant.StatusAsync(payment, "partially_refunded");
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Fact]
    public async Task Parts_that_come_back_later_are_the_merchants_again_one_by_one()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        (string payment, string[] captures) = await CapturedAsync(merchant, "paypal:sandbox_refund_fails_late");
        long before = await merchant.AvailableAsync();
        HttpAnswer refund = await merchant.RefundAsync(payment, "45.00");
        Assert.Equal("succeeded", refund.MovementStatus);
        Assert.Equal([(captures[0], 30_00L), (captures[1], 15_00L)], await PartsAsync(refund.Id));
        await merchant.StatusAsync(payment, "partially_refunded");
        await world.Sandbox.AdvanceAsync(Minute);
        await world.Server.PostAsync($"/flows/{refund.Id}/retry", new { reason = "look" }, world.Server.AdminApiKey, world.NewKey());
        await world.StateAsync(refund.Id, "failed");
        await merchant.StatusAsync(payment, "captured");
        Assert.Contains("succeeded succeeded partially_succeeded", await world.PathAsync(refund.Id), StringComparison.Ordinal);
        Assert.Equal(before, await merchant.AvailableAsync());
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    /// <summary>A payment of 60.00 that was captured as 30, 20 and 10, with the captures in that order.</summary>
    private async Task<(string Payment, string[] Captures)> CapturedAsync(HttpMerchant merchant, string source = "paypal:sandbox_ok")
    {
        HttpAnswer reserved = await merchant.PayAsync("60.00", capture: "manual", source: source);
        Assert.Equal("authorized", (await merchant.CapturePartAsync(reserved.Id, "30.00")).MovementStatus);
        Assert.Equal("authorized", (await merchant.CapturePartAsync(reserved.Id, "20.00")).MovementStatus);
        Assert.Equal("captured", (await merchant.CaptureAsync(reserved.Id)).MovementStatus);
        IReadOnlyList<JsonElement> captures = await PayPalBooks.CapturesAsync(world, reserved.Id);
        return (reserved.Id, [.. captures.OrderByDescending(Cents).Select(capture => capture.GetProperty("id").GetString()!)]);
    }

    /// <summary>What PayPal gave back for a refund of ours: of which capture, and how many cents; oldest first.</summary>
    private async Task<IEnumerable<(string? Capture, long Cents)>> PartsAsync(string refund) =>
    [
        .. (await world.Sandbox.PayPalObjectsAsync("refund")).Reverse()
            .Where(part => part.GetProperty("custom_id").GetString()!.Split(':')[0] == refund)
            .OrderBy(part => part.GetProperty("custom_id").GetString(), StringComparer.Ordinal)
            .Select(part => (part.GetProperty("links").EnumerateArray().Single(link => link.GetProperty("rel").GetString() == "up").GetProperty("href").GetString()!.Split('/')[^1], Cents(part))),
    ];

    private async Task GiveBackByHandAsync(string capture, string? amount)
    {
        JsonObject body = amount is null ? [] : new JsonObject { ["amount"] = new JsonObject { ["currency_code"] = "USD", ["value"] = amount } };
        PayPalCaller caller = await PayPalCaller.StartAsync(world.Sandbox);
        PayPalReply reply = await caller.PostAsync($"/v2/payments/captures/{capture}/refund", body);
        Assert.Equal(HttpStatusCode.Created, reply.Status);
    }

    /// <summary>What the house keeps of this merchant's fees, in cents.</summary>
    private static async Task<long> FeeKeptAsync(HttpMerchant merchant) => -await merchant.ShareAsync("revenue:fees");

    private static string? Refunded(HttpAnswer refund) => refund.Movement.GetProperty("amount_refunded").GetString();

    private static long Cents(JsonElement item) => (long)(decimal.Parse(item.GetProperty("amount").GetProperty("value").GetString()!, CultureInfo.InvariantCulture) * 100);

    private static (int Status, string? Code) Refusal(HttpAnswer answer) => (answer.Status, answer.Code);
}
