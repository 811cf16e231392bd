using System.Text.Json;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>What a payer's bank takes back, over HTTP, with the provider's record and SQL as judges. Nothing but webhooks tells of it.</summary>
public sealed class HttpDisputeTests(HttpWebhookWorld world) : IClassFixture<HttpWebhookWorld>
{
    [Fact]
    [Fault("R-03")]
    public async Task A_refund_that_fails_days_later_returns_the_money_and_can_be_made_again()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer payment = await merchant.PayAsync("100.00", source: "pm_card_refundFail");
        HttpAnswer refund = await merchant.RefundAsync(payment.Id, "40.00");
        Assert.Equal((201, "succeeded"), (refund.Status, refund.MovementStatus));
        Assert.Equal(96_80 - 40_00 + 1_28, await merchant.AvailableAsync());
        await merchant.StatusAsync(payment.Id, "partially_refunded");

        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.StateAsync(refund.Id, "failed");
        await merchant.StatusAsync(payment.Id, "captured");
        Assert.Equal(96_80, await merchant.AvailableAsync());
        Assert.Equal(-3_20, await merchant.ShareAsync("revenue:fees"));
        JsonElement listed = Assert.Single((await merchant.GetAsync($"/payments/{payment.Id}/refunds")).GetProperty("data").EnumerateArray());
        Assert.Equal(("failed", "expired_or_canceled_card"), (listed.GetProperty("status").GetString(), listed.GetProperty("failure_code").GetString()));
        await merchant.JudgeAsync();

        Assert.Equal(201, (await merchant.RefundAsync(payment.Id)).Status);
        await merchant.StatusAsync(payment.Id, "refunded");
        Assert.Equal(0, await merchant.AvailableAsync());
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task A_refund_that_the_provider_works_on_keeps_the_money_held_until_it_succeeds()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer payment = await merchant.PayAsync("100.00", source: "pm_card_pendingRefund");
        HttpAnswer refund = await merchant.RefundAsync(payment.Id, "40.00");
        Assert.Equal((201, "pending", "processing"), (refund.Status, refund.MovementStatus, refund.Movement.GetProperty("pending_reason").GetString()));
        Assert.Equal(96_80 - 40_00 + 1_28, await merchant.AvailableAsync());
        Assert.Equal("captured", await merchant.StatusAsync(payment.Id));
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.StateAsync(refund.Id, "succeeded");
        await merchant.StatusAsync(payment.Id, "partially_refunded");
        await merchant.JudgeAsync();
    }

    [Fact]
    [Fault("R-06")]
    [Fault("R-09")]
    public async Task A_dispute_of_an_empty_merchant_is_a_debt_that_takings_repay_and_a_win_settles()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer payment = await merchant.PayAsync("100.00", source: "pm_card_createDispute");
        await merchant.TakeAsync("90.00");
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await merchant.StatusAsync(payment.Id, "disputed");
        Assert.Equal((0, 93_20, 100_00), await StandAsync(merchant));
        Assert.Equal(100_00, await merchant.ShareAsync("dispute:stripe:held"));
        Assert.Equal(15_00, await merchant.ShareAsync("expense:psp_fees"));
        HttpAnswer refused = await merchant.RefundAsync(payment.Id, "1.00");
        Assert.Equal((409, "invalid_transition"), (refused.Status, refused.Code));
        await merchant.JudgeAsync();

        // What comes in next repays the debt first.
        await merchant.PayAsync("50.00");
        Assert.Equal((0, 93_20 - 48_25, 100_00), await StandAsync(merchant));

        JsonElement dispute = Assert.Single((await merchant.GetAsync("/disputes")).GetProperty("data").EnumerateArray());
        Assert.Equal(("needs_response", "100.00", payment.Id), (Text(dispute, "status"), Text(dispute, "amount"), Text(dispute, "payment_id")));
        HttpAnswer evidence = await EvidenceAsync(merchant, Text(dispute, "id"), "winning_evidence");
        Assert.Equal((200, "under_review"), (evidence.Status, evidence.MovementStatus));
        await world.StateAsync(Text(dispute, "id"), "under_review");
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.StateAsync(Text(dispute, "id"), "won");
        await merchant.StatusAsync(payment.Id, "captured");
        Assert.Equal((100_00 - (93_20 - 48_25), 0, 0), await StandAsync(merchant));
        Assert.Equal(0, await merchant.ShareAsync("dispute:stripe:held"));
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task A_lost_dispute_leaves_the_money_with_the_payer()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await merchant.PayAsync("200.00");
        HttpAnswer payment = await merchant.PayAsync("100.00", source: "pm_card_createDispute");
        long before = await merchant.AvailableAsync();
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await merchant.StatusAsync(payment.Id, "disputed");
        Assert.Equal((before - 100_00, 0, 100_00), await StandAsync(merchant));
        JsonElement dispute = Assert.Single((await merchant.GetAsync("/disputes")).GetProperty("data").EnumerateArray());
        await EvidenceAsync(merchant, Text(dispute, "id"), "losing_evidence");
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.StateAsync(Text(dispute, "id"), "lost");
        Assert.Equal((before - 100_00, 0, 0), await StandAsync(merchant));
        Assert.Equal(0, await merchant.ShareAsync("dispute:stripe:held"));
        Assert.Equal("disputed", await merchant.StatusAsync(payment.Id));
        await merchant.JudgeAsync();
    }

    [Fact]
    [Fault("R-07")]
    public async Task A_dispute_that_is_opened_again_after_it_was_won_is_a_leg_of_its_own_and_the_ends_meet()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await merchant.PayAsync("200.00");
        HttpAnswer payment = await merchant.PayAsync("100.00", source: "pm_card_createDispute");
        long before = await merchant.AvailableAsync();
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await merchant.StatusAsync(payment.Id, "disputed");
        JsonElement dispute = Assert.Single((await merchant.GetAsync("/disputes")).GetProperty("data").EnumerateArray());
        string id = Text(dispute, "id");
        await EvidenceAsync(merchant, id, "winning_evidence");
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.StateAsync(id, "won");
        await merchant.StatusAsync(payment.Id, "captured");
        Assert.Equal((before, 0, 0), await StandAsync(merchant));

        HashSet<string> intents = [.. (await merchant.PaymentsAsync()).Select(intent => Text(intent, "id"))];
        string atProvider = Text((await world.Sandbox.ObjectsAsync("dispute")).Single(item => intents.Contains(Text(item, "payment_intent"))), "id");
        await world.Sandbox.ChangeAsync($"disputes/{atProvider}/reopen");
        await merchant.StatusAsync(payment.Id, "disputed");
        Assert.Equal((before - 100_00, 0, 100_00), await StandAsync(merchant));
        Assert.Equal(30_00, await merchant.ShareAsync("expense:psp_fees"));
        await merchant.JudgeAsync();

        await EvidenceAsync(merchant, id, "losing_evidence");
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.StateAsync(id, "lost");
        Assert.Equal((before - 100_00, 0, 0), await StandAsync(merchant));
        Assert.Equal(0, await merchant.ShareAsync("dispute:stripe:held"));
        Assert.Equal("disputed", await merchant.StatusAsync(payment.Id));
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task An_inquiry_takes_nothing()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer payment = await merchant.PayAsync("100.00", source: "pm_card_createDisputeInquiry");
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        JsonElement dispute = await Eventually.GetAsync(
            async () => (await merchant.GetAsync("/disputes")).GetProperty("data").EnumerateArray().FirstOrDefault(),
            found => found.ValueKind == JsonValueKind.Object && Text(found, "status") == "inquiry",
            "the inquiry");
        Assert.Equal(payment.Id, Text(dispute, "payment_id"));
        Assert.Equal((96_80, 0, 0), await StandAsync(merchant));
        Assert.Equal("captured", await merchant.StatusAsync(payment.Id));
        await merchant.JudgeAsync();
    }

    private static Task<HttpAnswer> EvidenceAsync(HttpMerchant merchant, string dispute, string text) =>
        merchant.SendAsync($"/disputes/{dispute}/evidence", new { evidence = new[] { new { name = "uncategorized_text", text } } });

    private static async Task<(long Available, long Receivable, long Reserve)> StandAsync(HttpMerchant merchant) => (
        await merchant.AvailableAsync(), await merchant.BalanceAsync($"merchant:{merchant.Id}:receivable"), await merchant.BalanceAsync($"reserve:{merchant.Id}"));

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
