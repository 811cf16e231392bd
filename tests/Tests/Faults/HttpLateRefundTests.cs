using System.Text.Json;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Refunds that are given up for lost, and what becomes of their money then. Nothing but the pulled list of events tells of what the provider did.</summary>
public sealed class HttpLateRefundTests(HttpLateWorld world) : IClassFixture<HttpLateWorld>
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_refund_that_arrives_after_it_was_given_up_is_pulled_and_posted_with_a_link_to_what_it_corrects()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer payment = await merchant.PayAsync("100.00");
        string refund = await LoseAsync(merchant, payment.Id, "40.00");
        await world.StateAsync(refund, "failed");
        Assert.Equal(96_80, await merchant.AvailableAsync());
        await merchant.JudgeAsync();

        // The merchant has spent most of it since: the rest is a debt.
        await merchant.TakeAsync("90.00");
        await ArriveAsync(payment.Id, refund, 40_00);
        await world.StateAsync(refund, "succeeded");
        await merchant.StatusAsync(payment.Id, "partially_refunded");
        Assert.Equal((0, 40_00 - 1_28 - 6_80), (await merchant.AvailableAsync(), await merchant.BalanceAsync($"merchant:{merchant.Id}:receivable")));
        Assert.Equal("created submitting unknown failed failed succeeded succeeded", await world.PathAsync(refund));
        Assert.Equal(2L, await world.Database.QueryAsync<long>(
            "select count(*) from ledger.transactions late join ledger.transactions corrected on corrected.transaction_id::text = late.metadata::json->>'corrects' "
            + $"where late.reference = '{refund}' and corrected.reference = '{refund}'"));
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task A_refund_that_arrived_late_and_comes_back_repays_the_debt_that_it_made()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer payment = await merchant.PayAsync("100.00", source: "pm_card_refundFail");
        string refund = await LoseAsync(merchant, payment.Id, "40.00");
        await world.StateAsync(refund, "failed");
        await merchant.TakeAsync("90.00");
        await ArriveAsync(payment.Id, refund, 40_00);
        await world.StateAsync(refund, "succeeded");
        Assert.Equal((0, 40_00 - 1_28 - 6_80), (await merchant.AvailableAsync(), await merchant.BalanceAsync($"merchant:{merchant.Id}:receivable")));

        await world.Sandbox.AdvanceAsync(Minute);
        await world.StateAsync(refund, "failed");
        Assert.Equal((6_80, 0), (await merchant.AvailableAsync(), await merchant.BalanceAsync($"merchant:{merchant.Id}:receivable")));
        Assert.Equal(100_00, await merchant.BalanceAsync($"payment:{payment.Id}:refundable"));
        await merchant.StatusAsync(payment.Id, "captured");
        Assert.Equal("created submitting unknown failed failed succeeded succeeded failed failed", await world.PathAsync(refund));
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task A_refund_that_arrived_late_is_found_by_its_event_while_the_list_does_not_show_it_yet()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer payment = await merchant.PayAsync("100.00");
        string refund = await LoseAsync(merchant, payment.Id, "40.00");
        await world.StateAsync(refund, "failed");
        await world.HideAsync("refunds.list");
        await ArriveAsync(payment.Id, refund, 40_00);
        await world.StateAsync(refund, "succeeded");
        await world.Sandbox.ClearFaultsAsync();
        await merchant.StatusAsync(payment.Id, "partially_refunded");
        await merchant.JudgeAsync();
    }

    [Theory]
    [InlineData("winning_evidence", "won", "captured")]
    [InlineData("losing_evidence", "lost", "disputed")]
    public async Task What_a_refund_frees_that_fails_under_a_dispute_is_disputed_as_well(string evidence, string outcome, string status)
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await merchant.PayAsync("100.00");
        HttpAnswer payment = await merchant.PayAsync("50.00", source: "pm_card_createDispute");
        string refund = await LoseAsync(merchant, payment.Id, "30.00");
        await world.Sandbox.AdvanceAsync(Minute);
        string dispute = await DisputeAsync(merchant);
        await world.StateAsync(refund, "failed");
        await Eventually.GetAsync(
            () => merchant.BalanceAsync($"payment:{payment.Id}:refundable"), left => left == 0, "all that is disputed kept from being refunded");
        await merchant.JudgeAsync();

        await merchant.SendAsync($"/disputes/{dispute}/evidence", new { evidence = new[] { new { name = "uncategorized_text", text = evidence } } });
        await world.Sandbox.AdvanceAsync(Minute);
        await world.StateAsync(dispute, outcome);
        await merchant.StatusAsync(payment.Id, status);
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task A_refund_that_waits_for_money_is_not_sent_when_its_payment_is_disputed_meanwhile()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer payment = await merchant.PayAsync("100.00", source: "pm_card_createDispute");
        await merchant.TakeAsync("90.00");
        HttpAnswer refund = await merchant.RefundAsync(payment.Id, "50.00");
        Assert.Equal("insufficient_balance", refund.Movement.GetProperty("pending_reason").GetString());
        await world.Sandbox.AdvanceAsync(Minute);
        await world.StateAsync(refund.Id, "failed");
        JsonElement listed = (await merchant.GetAsync($"/payments/{payment.Id}/refunds")).GetProperty("data")[0];
        Assert.Equal("payment_disputed", listed.GetProperty("failure_code").GetString());
        await Eventually.GetAsync(
            () => merchant.BalanceAsync($"payment:{payment.Id}:refundable"), left => left == 0, "all that is disputed kept from being refunded");

        // Money that comes in now is not for it.
        await merchant.PayAsync("200.00");
        await merchant.JudgeAsync();
        Assert.DoesNotContain(
            await world.Sandbox.ObjectsAsync("refund"), given => given.GetProperty("metadata").GetProperty("florin_reference").GetString() == refund.Id);
    }

    /// <summary>A refund whose request is lost on its way.</summary>
    private async Task<string> LoseAsync(HttpMerchant merchant, string payment, string amount)
    {
        await world.Sandbox.FaultAsync("refunds.create", "connection_reset_before_effect");
        HttpAnswer refund = await merchant.RefundAsync(payment, amount);
        Assert.Equal((202, "outcome_unknown"), (refund.Status, refund.Code));
        return refund.Id;
    }

    /// <summary>The request reaches Stripe after all.</summary>
    private async Task ArriveAsync(string payment, string refund, long cents)
    {
        string intent = (await world.Sandbox.ObjectsAsync("payment_intent"))
            .Single(held => held.GetProperty("metadata").GetProperty("florin_reference").GetString() == payment).GetProperty("id").GetString()!;
        using FormUrlEncodedContent form = new(new Dictionary<string, string>
        {
            ["payment_intent"] = intent, ["amount"] = $"{cents}", ["metadata[florin_reference]"] = refund,
        });
        using HttpResponseMessage answer = await world.Sandbox.Http.PostAsync(new Uri("/stripe/v1/refunds", UriKind.Relative), form);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task<string> DisputeAsync(HttpMerchant merchant)
    {
        JsonElement found = await Eventually.GetAsync(
            () => merchant.GetAsync("/disputes"), disputes => disputes.GetProperty("data").GetArrayLength() == 1, "the dispute");
        return found.GetProperty("data")[0].GetProperty("id").GetString()!;
    }
}
