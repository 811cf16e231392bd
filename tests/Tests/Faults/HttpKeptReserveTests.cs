using System.Text.Json;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>A tenth of each capture is kept back for longer than the tests take; nothing but webhooks moves what is open.</summary>
public sealed class HttpKeptReserveWorld() : HttpWorld(settleSeconds: 600, pollSeconds: 1, pullSeconds: HttpWorld.Never, sendsWebhooks: true)
{
    protected override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>
    {
        ["FLORIN__PAYMENTS__RESERVE_BASIS_POINTS"] = "1000",
        ["FLORIN__PAYMENTS__RESERVE_SECONDS"] = "86400",
    };
}

/// <summary>What the reserve is for: refunds of its own payment, and disputes that are lost.</summary>
public sealed class HttpKeptReserveTests(HttpKeptReserveWorld world) : IClassFixture<HttpKeptReserveWorld>
{
    [Fact]
    public async Task A_refund_takes_what_is_kept_back_of_its_own_payment_and_no_more_and_of_no_other()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer other = await merchant.PayAsync("100.00");
        HttpAnswer payment = await merchant.PayAsync("100.00");
        await merchant.TakeAsync("166.80");
        Assert.Equal(("6.80", "20.00", "0.00"), await StandAsync(merchant));

        // 15.00 less 0.48 of the fee: 7.72 of it from the reserve.
        HttpAnswer refund = await merchant.RefundAsync(payment.Id, "15.00");
        Assert.Equal((201, "succeeded"), (refund.Status, refund.MovementStatus));
        Assert.Equal(("0.00", "12.28", "0.00"), await StandAsync(merchant));

        // 2.28 are left of its own; those of the other payment stay.
        HttpAnswer waits = await merchant.RefundAsync(payment.Id, "20.00");
        Assert.Equal(("pending", "insufficient_balance"), (waits.MovementStatus, waits.Movement.GetProperty("pending_reason").GetString()));
        Assert.Equal(("0.00", "12.28", "0.00"), await StandAsync(merchant));
        HttpAnswer small = await merchant.RefundAsync(payment.Id, "2.00");
        Assert.Equal("succeeded", small.MovementStatus);
        Assert.Equal(("0.00", "10.34", "0.00"), await StandAsync(merchant));
        HttpAnswer own = await merchant.RefundAsync(other.Id, "10.00");
        Assert.Equal("succeeded", own.MovementStatus);
        Assert.Equal(("0.00", "0.66", "0.00"), await StandAsync(merchant));
        await merchant.PayAsync("50.00");
        await world.StateAsync(waits.Id, "succeeded");
        await merchant.JudgeAsync();
    }

    [Theory]
    [InlineData("240.00", "0.00", "49.30")]
    [InlineData("180.00", "10.70", "0.00")]
    [InlineData("100.00", "30.00", "0.00")]
    public async Task A_lost_dispute_is_paid_from_the_reserve_before_it_is_owed_and_an_open_one_is_not(string taken, string reserved, string owed)
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await merchant.PayAsync("200.00");
        HttpAnswer payment = await merchant.PayAsync("100.00", source: "pm_card_createDispute");
        Assert.Equal(("260.70", "30.00", "0.00"), await StandAsync(merchant));
        await merchant.TakeAsync(taken);
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await merchant.StatusAsync(payment.Id, "disputed");
        Assert.Equal("30.00", (await StandAsync(merchant)).Reserved);

        JsonElement dispute = Assert.Single((await merchant.GetAsync("/disputes")).GetProperty("data").EnumerateArray());
        string id = dispute.GetProperty("id").GetString()!;
        await merchant.SendAsync($"/disputes/{id}/evidence", new { evidence = new[] { new { name = "uncategorized_text", text = "losing_evidence" } } });
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.StateAsync(id, "lost");
        string available = taken == "100.00" ? "60.70" : "0.00";
        await Eventually.GetAsync(() => StandAsync(merchant), stand => stand == (available, reserved, owed), "the books after the loss");
        Assert.Equal(0, await merchant.ShareAsync("dispute:stripe:held"));
        await merchant.JudgeAsync();

        JsonElement told = await Eventually.GetAsync(
            async () => JsonSerializer.Deserialize<JsonElement>(await world.Database.QueryAsync<string>(
                $"select coalesce((select body from flows.event where flow_id = '{id}' and type = 'dispute.lost' limit 1), '{{}}')")),
            found => found.TryGetProperty("data", out _),
            "the event");
        Assert.Equal(
            ("lost", "100.00", "USD", payment.Id),
            (Text(told, "status"), Text(told, "amount"), Text(told, "currency"), Text(told, "payment_id")));
    }

    private static string? Text(JsonElement told, string name) => told.GetProperty("data").GetProperty(name).GetString();

    private static async Task<(string? Available, string? Reserved, string? Receivable)> StandAsync(HttpMerchant merchant)
    {
        JsonElement balance = Assert.Single((await merchant.GetAsync("/merchants/me/balance")).GetProperty("balances").EnumerateArray());
        return (balance.GetProperty("available").GetString(), balance.GetProperty("reserved").GetString(), balance.GetProperty("receivable").GetString());
    }
}
