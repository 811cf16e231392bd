using System.Text.Json;
using System.Text.Json.Nodes;
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
    [Fault("R-05")]
    public async Task A_dispute_of_what_was_refunded_is_answered_with_the_refund_and_is_no_second_loss()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await merchant.PayAsync("200.00");
        HttpAnswer payment = await merchant.PayAsync("100.00", source: "pm_card_createDispute");
        HttpAnswer refund = await merchant.RefundAsync(payment.Id);
        await merchant.StatusAsync(payment.Id, "refunded");
        long before = await merchant.AvailableAsync();
        string id = await DisputeAsync(merchant, payment.Id);
        Assert.Equal((before - 100_00, 0, 100_00), await StandAsync(merchant));

        // What was given back is handed in beside what the merchant writes.
        JsonElement dispute = await merchant.GetAsync($"/disputes/{id}");
        JsonElement prepared = Assert.Single(dispute.GetProperty("prepared_evidence").EnumerateArray());
        string refundId = (await world.Sandbox.ObjectsAsync("refund")).Single(item =>
            item.GetProperty("metadata").TryGetProperty("florin_reference", out JsonElement value) && value.GetString() == refund.Id).GetProperty("id").GetString()!;
        Assert.Equal("refund_refusal_explanation", Text(prepared, "name"));
        Assert.Contains("100.00 USD", Text(prepared, "text"), StringComparison.Ordinal);
        Assert.Contains(refundId, Text(prepared, "text"), StringComparison.Ordinal);
        Assert.Equal(200, (await EvidenceAsync(merchant, id, "losing_evidence")).Status);
        JsonElement atProvider = await AtProviderAsync(id);
        Assert.Equal(Text(prepared, "text"), Text(atProvider.GetProperty("evidence"), "refund_refusal_explanation"));

        // Lost all the same: the merchant has lost nothing, and the house has an open claim.
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.StateAsync(id, "lost");
        Assert.Equal((before, 0, 0), await StandAsync(merchant));
        Assert.Equal((100_00, 0), (await merchant.ShareAsync("claim:stripe"), await merchant.ShareAsync("dispute:stripe:held")));
        Assert.Equal("100.00", Text(await merchant.GetAsync($"/disputes/{id}"), "claimed_amount"));
        await JudgeLossAsync(merchant);
    }

    [Fact]
    [Fault("R-05")]
    public async Task A_lost_dispute_of_a_partly_refunded_payment_costs_the_merchant_what_was_left_of_it()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await merchant.PayAsync("200.00");
        HttpAnswer payment = await merchant.PayAsync("100.00", source: "pm_card_createDispute");
        await merchant.RefundAsync(payment.Id, "30.00");
        await merchant.StatusAsync(payment.Id, "partially_refunded");
        await merchant.TakeAsync("250.00");
        long before = await merchant.AvailableAsync();
        Assert.InRange(before, 0, 69_99);
        string id = await DisputeAsync(merchant, payment.Id);
        await EvidenceAsync(merchant, id, "losing_evidence");
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.StateAsync(id, "lost");
        Assert.Equal((0, 70_00 - before, 0), await StandAsync(merchant));
        Assert.Equal(30_00, await merchant.ShareAsync("claim:stripe"));
        await JudgeLossAsync(merchant);
    }

    [Theory]
    [InlineData(61_25, 59_80)]
    [InlineData(58_10, 60_90)]
    [Fault("R-08")]
    public async Task A_dispute_of_a_partly_refunded_charge_in_the_payers_currency_leaves_the_exchange_to_the_house(long withdrawn, long reinstated)
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await merchant.PayAsync("200.00");
        HttpAnswer payment = await merchant.PayAsync("100.00", source: "pm_card_createDispute");
        string charge = (await merchant.PaymentsAsync()).Single(intent => Text(intent.GetProperty("metadata"), "florin_reference") == payment.Id)
            .GetProperty("latest_charge").GetString()!;
        await world.Sandbox.ChangeAsync(
            $"charges/{charge}/exchange",
            new JsonObject { ["currency"] = "eur", ["amount"] = 91_00, ["withdrawn"] = withdrawn, ["reinstated"] = reinstated });
        await merchant.RefundAsync(payment.Id, "40.00");
        await merchant.StatusAsync(payment.Id, "partially_refunded");
        long before = await merchant.AvailableAsync();
        string id = await DisputeAsync(merchant, payment.Id);
        JsonElement shown = await merchant.GetAsync($"/disputes/{id}");
        Assert.Equal(("54.60", "EUR"), (Text(shown, "amount"), Text(shown, "currency")));
        Assert.Equal(("60.00", "USD"), (Text(shown, "payment_amount"), Text(shown, "payment_currency")));
        Assert.Equal((before - 60_00, 0, 60_00), await StandAsync(merchant));
        Assert.Equal((withdrawn, 0), (await merchant.ShareAsync("dispute:stripe:held"), await merchant.ShareAsync("fx:gain_loss")));

        // Won: the merchant has the part again that was disputed, and the house what the rates made of it.
        await EvidenceAsync(merchant, id, "winning_evidence");
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.StateAsync(id, "won");
        Assert.Equal((before, 0, 0), await StandAsync(merchant));
        Assert.Equal((0, withdrawn - reinstated), (await merchant.ShareAsync("dispute:stripe:held"), await merchant.ShareAsync("fx:gain_loss")));

        // Opened again and lost: a leg at its own rate.
        await world.Sandbox.ChangeAsync($"disputes/{Text(await AtProviderAsync(id), "id")}/reopen");
        await world.StateAsync(id, "needs_response");
        await EvidenceAsync(merchant, id, "losing_evidence");
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.StateAsync(id, "lost");
        Assert.Equal((before - 60_00, 0, 0), await StandAsync(merchant));
        Assert.Equal((0, withdrawn - reinstated + withdrawn - 60_00), (await merchant.ShareAsync("dispute:stripe:held"), await merchant.ShareAsync("fx:gain_loss")));
        Assert.Equal(0, await merchant.ShareAsync("claim:stripe"));

        // What the provider moved by its own record is what the books say of it.
        JsonElement dispute = await AtProviderAsync(id);
        JsonElement[] moves = [.. dispute.GetProperty("balance_transactions").EnumerateArray()];
        Assert.All(moves, move => Assert.Equal("usd", Text(move, "currency")));
        long net = moves.Sum(move => move.GetProperty("net").GetInt64());
        Assert.Equal(300_00 - 40_00 + net, await merchant.ShareAsync("psp:stripe:clearing"));
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

    /// <summary>Has the dispute of the merchant's one payment opened.</summary>
    /// <returns>Its id.</returns>
    private async Task<string> DisputeAsync(HttpMerchant merchant, string payment)
    {
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await merchant.StatusAsync(payment, "disputed");
        return Text(Assert.Single((await merchant.GetAsync("/disputes")).GetProperty("data").EnumerateArray()), "id");
    }

    /// <summary>The provider's own record of a dispute.</summary>
    private async Task<JsonElement> AtProviderAsync(string dispute)
    {
        string id = await world.Database.QueryAsync<string>($"select data->>'dispute_id' from flows.flow where id = '{dispute}'");
        return (await world.Sandbox.ObjectsAsync("dispute")).Single(item => Text(item, "id") == id);
    }

    /// <summary>Where more is lost than was captured: the provider's balance by its own record is the books', nothing is parked, and debits are credits.</summary>
    private async Task JudgeLossAsync(HttpMerchant merchant)
    {
        HashSet<string> ids = [.. (await merchant.PaymentsAsync()).Select(payment => Text(payment, "id"))];
        long taken = (await merchant.PaymentsAsync()).Sum(payment => payment.GetProperty("amount_received").GetInt64());
        long returned = (await world.Sandbox.ObjectsAsync("refund")).Where(refund => ids.Contains(Text(refund, "payment_intent"))).Sum(refund => refund.GetProperty("amount").GetInt64());
        long disputed = (await world.Sandbox.ObjectsAsync("dispute")).Where(dispute => ids.Contains(Text(dispute, "payment_intent")))
            .SelectMany(dispute => dispute.GetProperty("balance_transactions").EnumerateArray()).Sum(move => move.GetProperty("net").GetInt64());
        Assert.Equal(taken - returned + disputed, await merchant.ShareAsync("psp:stripe:clearing"));
        Assert.Equal(0L, await world.Database.QueryAsync<long>($"select count(*) from flows.flow where owner_id = '{merchant.Id}' and parked_reason is not null"));
        Assert.Equal(0m, await world.Database.QueryAsync<decimal>("select coalesce(sum(debits_posted - credits_posted), 0) from ledger.balances where asset = 'USD'"));
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
