using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Florin.Flows;
using Florin.Ledger;
using Florin.Payments.Charging;
using Florin.Payments.Refunds;
using Florin.Providers;

namespace Florin.Payments.Disputes;

/// <summary>Makes disputes known, shows them, and hands in their evidence.</summary>
internal sealed class DisputeService(IFlows flows, AcquirerSet acquirers, RefundService refunds)
{
    private const string SignalSource = "merchant";

    /// <summary>Refunds that the prepared evidence names one by one: it stays below the shortest limit of a provider.</summary>
    private const int NamedRefundsMax = 10;

    /// <summary>
    /// The payment that a dispute is about. When its provider id is not stored yet, because its answer was lost or is on its way, the provider's payment says whose
    /// it is.
    /// </summary>
    public async ValueTask<ProviderLookup<Flow>> FindPaymentAsync(string provider, string paymentId, CancellationToken cancellationToken)
    {
        Flow? payment = await flows.FindByProviderReferenceAsync($"{provider}:{paymentId}", cancellationToken);
        if (payment is null)
        {
            switch (await acquirers.Of(provider).GetPaymentAsync(paymentId, cancellationToken))
            {
                case ProviderLookup<AcquirerPayment>.Found { Value.OurReference: { } reference } when Guid.TryParseExact(reference, "D", out Guid id):
                    payment = await flows.GetAsync(new FlowId(id), cancellationToken);
                    break;
                case ProviderLookup<AcquirerPayment>.Unavailable { Reason: { } reason }:
                    return new ProviderLookup<Flow>.Unavailable(reason);
                default:
                    break;
            }
        }

        return payment is { Kind: PaymentFlow.Kind } ? new ProviderLookup<Flow>.Found(payment) : new ProviderLookup<Flow>.NotFound();
    }

    public static FlowId IdOf(string provider, string disputeId) => FlowId.FromIdempotencyKey($"provider:{provider}", DisputeFlow.Kind, disputeId);

    /// <summary>The flow of a provider's dispute: begun when it was not known yet.</summary>
    public async ValueTask<FlowId> NoticeAsync(string provider, string disputeId, Flow payment, CancellationToken cancellationToken)
    {
        PaymentFacts facts = PaymentFacts.Of(payment);
        FlowId id = IdOf(provider, disputeId);
        FlowStart start = new()
        {
            Id = id,
            Kind = DisputeFlow.Kind,
            State = DisputeFlow.Noticed,
            OwnerId = payment.OwnerId,
            Data = FlowFacts.Write(new DisputeFacts
            {
                PaymentId = payment.Id.Value,
                MerchantId = facts.MerchantId,
                Provider = provider,
                DisputeId = disputeId,
                Asset = facts.Asset,
            }),
            RequestHash = RequestHash.Of(DisputeFlow.Kind, provider, disputeId),
            Actor = $"provider:{provider}",
        };
        await flows.StartAsync(start, TimeSpan.Zero, cancellationToken);
        return id;
    }

    public async ValueTask<Dispute?> GetAsync(Guid merchant, Guid id, CancellationToken cancellationToken) =>
        await FindAsync(merchant, id, cancellationToken) is { } flow
            ? Present(flow) with { PreparedEvidence = await PrepareAsync(flow, cancellationToken) }
            : null;

    public async ValueTask<ImmutableArray<Dispute>> ListAsync(Guid merchant, Guid? before, int limit, CancellationToken cancellationToken)
    {
        FlowId? from = before is { } id ? new FlowId(id) : null;
        ImmutableArray<Flow> page = await flows.ListAsync(PaymentService.OwnerId(merchant), [DisputeFlow.Kind], from, limit, cancellationToken);
        return [.. page.Select(Present)];
    }

    public async ValueTask<PaymentOutcome<Dispute>> SubmitEvidenceAsync(
        MerchantCaller caller, string idempotencyKey, Guid id, IReadOnlyDictionary<string, string> evidence, CancellationToken cancellationToken)
    {
        if (await FindAsync(caller.MerchantId, id, cancellationToken) is not { } flow)
        {
            return new PaymentOutcome<Dispute>.Refused(PaymentRefusal.NotFound);
        }

        if (flow.State is not (DisputeFlow.NeedsResponse or DisputeFlow.Inquiry))
        {
            return new PaymentOutcome<Dispute>.Refused(PaymentRefusal.InvalidTransition);
        }

        // No money moves: the provider tells repeats apart by the key, and the texts, which may be personal, are kept by it alone.
        DisputeFacts facts = DisputeFacts.Of(flow);
        Guid command = FlowId.FromIdempotencyKey(caller.Principal, $"POST /disputes/{id:D}/evidence", idempotencyKey).Value;
        ImmutableDictionary<string, string> prepared = await PrepareAsync(flow, cancellationToken);
        ProviderOutcome<AcquirerDispute> outcome = await acquirers.Of(facts.Provider).SubmitEvidenceAsync(
            facts.DisputeId, prepared.SetItems(evidence), ProviderKeys.Of(flow.Id, $"evidence:{command:D}"), cancellationToken);
        if (outcome is ProviderOutcome<AcquirerDispute>.Declined)
        {
            return new PaymentOutcome<Dispute>.Refused(PaymentRefusal.ProviderDeclined);
        }

        await flows.SignalAsync(flow.Id, SignalSource, command.ToString("D"), "evidence", "{}", cancellationToken);
        return outcome is ProviderOutcome<AcquirerDispute>.Accepted accepted
            ? new PaymentOutcome<Dispute>.Done(
                Present(flow) with { Status = Status(accepted.Value.Status, flow.State), PreparedEvidence = prepared }, IsReplayed: false)
            : new PaymentOutcome<Dispute>.Refused(PaymentRefusal.ProviderUnavailable);
    }

    /// <summary>What was given back before, in the provider's terms: ids and amounts (fault R-05).</summary>
    private async ValueTask<ImmutableDictionary<string, string>> PrepareAsync(Flow flow, CancellationToken cancellationToken)
    {
        DisputeFacts facts = DisputeFacts.Of(flow);
        if (acquirers.Of(facts.Provider).RefundEvidence is not { } name
            || await flows.GetAsync(new FlowId(facts.PaymentId), cancellationToken) is not { } payment)
        {
            return ImmutableDictionary<string, string>.Empty;
        }

        ImmutableArray<(RefundFacts Facts, DateTimeOffset At)> given = await refunds.GivenBackAsync(payment, cancellationToken);
        if (given.IsEmpty)
        {
            return ImmutableDictionary<string, string>.Empty;
        }

        Money total = given.Aggregate(
            new Money(0, facts.Disputed.Asset), (sum, refund) => new Money(checked(sum.MinorUnits + refund.Facts.Ordered.MinorUnits), sum.Asset));
        IEnumerable<string> named = given.Take(NamedRefundsMax).Select(refund => string.Create(
            CultureInfo.InvariantCulture, $"{refund.Facts.Ordered.ToMajorUnits()} on {refund.At:yyyy-MM-dd} ({refund.Facts.RefundId})"));
        return ImmutableDictionary<string, string>.Empty.Add(
            name, $"The payer was given back {total.ToMajorUnits()} {facts.Asset} of this payment: {string.Join(", ", named)}{(given.Length > NamedRefundsMax ? ", …" : "")}.");
    }

    private async ValueTask<Flow?> FindAsync(Guid merchant, Guid id, CancellationToken cancellationToken)
    {
        Flow? flow = await flows.GetAsync(new FlowId(id), cancellationToken);
        return flow is { Kind: DisputeFlow.Kind, State: not DisputeFlow.Noticed } && flow.OwnerId == PaymentService.OwnerId(merchant) ? flow : null;
    }

    public static Dispute Present(Flow flow)
    {
        DisputeFacts facts = DisputeFacts.Of(flow);
        string status = flow.State == DisputeFlow.Noticed ? DisputeFlow.NeedsResponse : flow.State;
        Money disputed = facts.Exchange?.Disputed ?? facts.Disputed;
        return new Dispute(flow.Id.Value, facts.PaymentId, status, disputed, facts.Reason, facts.EvidenceDueBy, flow.CreatedAt)
        {
            InPaymentCurrency = facts.Disputed,
            Claimed = facts.ClaimedMoney,
        };
    }

    /// <summary>What the provider has just said; the flow follows.</summary>
    private static string Status(AcquirerDisputeStatus status, string before) => status switch
    {
        AcquirerDisputeStatus.UnderReview => DisputeFlow.UnderReview,
        AcquirerDisputeStatus.Won => DisputeFlow.Won,
        AcquirerDisputeStatus.Lost => DisputeFlow.Lost,
        AcquirerDisputeStatus.Inquiry or AcquirerDisputeStatus.NeedsResponse or AcquirerDisputeStatus.Unrecognised => before,
        _ => throw new UnreachableException(),
    };
}
