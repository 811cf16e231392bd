using System.Text.Json.Nodes;
using Florin.Providers;
using Florin.Tests.Sandbox;
using Xunit;

namespace Florin.Tests.Providers;

public sealed class PayPalDisputeTests(SandboxFixture sandbox) : PayPalSandboxCase(sandbox)
{
    private static readonly Dictionary<string, string> Evidence = new() { ["PROOF_OF_FULFILLMENT"] = "Sent with 1Z999, received \"by hand\"." };

    [Theory]
    [InlineData("SELLER_FAVOR", AcquirerDisputeStatus.Won)]
    [InlineData("BUYER_FAVOR", AcquirerDisputeStatus.Lost)]
    public async Task Dispute_is_answered_once_and_ends_as_it_is_judged(string outcome, AcquirerDisputeStatus end)
    {
        (AcquirerPayment payment, string id) = await DisputedAsync("sandbox_dispute");
        AcquirerDispute opened = await ReadAsync(id);
        AcquirerDispute answered = Value(await Play(Acquirer.SubmitEvidenceAsync(id, Evidence, "evidence-1", Token)));
        ProviderOutcome<AcquirerDispute> again = await Play(Acquirer.SubmitEvidenceAsync(id, Evidence, "evidence-2", Token));
        PayPalCaller caller = await PayPalCaller.StartAsync(Process);
        await caller.PostAsync($"/v1/customer/disputes/{id}/adjudicate", new JsonObject { ["adjudication_outcome"] = outcome });
        AcquirerDispute ended = await ReadAsync(id);

        Assert.Equal((AcquirerDisputeStatus.NeedsResponse, payment.Id, (UInt128)1050), (opened.Status, opened.PaymentId, opened.MinorUnits));
        Assert.NotNull(opened.EvidenceDueBy);
        Assert.Equal((AcquirerDisputeStatus.UnderReview, end), (answered.Status, ended.Status));
        Assert.Equal("ACTION_NOT_ALLOWED", Assert.IsType<ProviderOutcome<AcquirerDispute>.Declined>(again).Code);
        Assert.Equal("Sent with 1Z999, received \"by hand\".", (await ObjectsAsync("dispute"))[0].GetProperty("evidences")[0].GetProperty("notes").GetString());
    }

    [Fact]
    public async Task Inquiry_that_nobody_answers_is_lost()
    {
        (_, string id) = await DisputedAsync("sandbox_inquiry");
        AcquirerDispute opened = await ReadAsync(id);
        await Process.AdvanceAsync(TimeSpan.FromDays(11));

        Assert.Equal((AcquirerDisputeStatus.Inquiry, AcquirerDisputeStatus.Lost), (opened.Status, (await ReadAsync(id)).Status));
    }

    [Theory]
    [InlineData("proof of fulfilment", "x")]
    [InlineData("PROOF_OF_FULFILLMENT", "")]
    public async Task Evidence_that_cannot_be_taken_is_refused_before_anything_leaves(string type, string notes)
    {
        ProviderOutcome<AcquirerDispute> outcome = await Play(
            Acquirer.SubmitEvidenceAsync("PP-R-1", new Dictionary<string, string> { [type] = notes }, "evidence-1", Token));

        Assert.Equal("local:invalid_evidence", Assert.IsType<ProviderOutcome<AcquirerDispute>.Declined>(outcome).Code);
    }

    [Theory]
    [InlineData("timeout_after_effect", true)]
    [InlineData("timeout_before_effect", false)]
    [InlineData("error_500", false)]
    public async Task Evidence_whose_answer_is_lost_is_unknown_and_the_dispute_tells(string fault, bool isTaken)
    {
        (_, string id) = await DisputedAsync("sandbox_dispute");
        await FaultAsync("disputes.provide_evidence", fault);
        ProviderOutcome<AcquirerDispute> outcome = await UntilStruckAsync(fault, Acquirer.SubmitEvidenceAsync(id, Evidence, "evidence-1", Token));

        Assert.IsType<ProviderOutcome<AcquirerDispute>.Unknown>(outcome);
        Assert.Equal(isTaken ? AcquirerDisputeStatus.UnderReview : AcquirerDisputeStatus.NeedsResponse, (await ReadAsync(id)).Status);
    }

    [Fact]
    public async Task Part_of_a_disputed_payment_is_not_refunded()
    {
        (AcquirerPayment payment, _) = await DisputedAsync("sandbox_dispute");
        ProviderOutcome<AcquirerRefund> outcome = await RefundAsync(Refund(payment, 100, NextReference()));

        Assert.Equal("TRANSACTION_DISPUTED", Assert.IsType<ProviderOutcome<AcquirerRefund>.Declined>(outcome).Code);
    }

    private async Task<(AcquirerPayment Payment, string Dispute)> DisputedAsync(string source)
    {
        AcquirerPayment payment = await ChargedAsync(source);
        await Process.AdvanceAsync(TimeSpan.FromMinutes(1));
        return (payment, Assert.Single(await ObjectsAsync("dispute")).GetProperty("dispute_id").GetString()!);
    }

    private async Task<AcquirerDispute> ReadAsync(string id) => Value(await Play(Acquirer.GetDisputeAsync(id, Token)));
}
