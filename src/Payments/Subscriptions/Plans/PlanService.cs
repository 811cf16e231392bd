using Florin.Flows;

namespace Florin.Payments.Subscriptions.Plans;

/// <summary>Makes plans and their further versions.</summary>
internal sealed class PlanService(PlanStore store, TimeProvider timeProvider)
{
    public ValueTask<PaymentOutcome<Plan>> CreateAsync(MerchantCaller caller, string idempotencyKey, PlanTerms terms, CancellationToken cancellationToken)
    {
        const string endpoint = "POST /plans";
        Guid request = FlowId.FromIdempotencyKey(caller.Principal, endpoint, idempotencyKey).Value;
        return AddAsync(caller, endpoint, request, planId: request, terms, cancellationToken);
    }

    public async ValueTask<PaymentOutcome<Plan>> CreateVersionAsync(
        MerchantCaller caller, string idempotencyKey, Guid planId, PlanTerms terms, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(caller.MerchantId, planId, version: null, cancellationToken) is not { } plan)
        {
            return new PaymentOutcome<Plan>.Refused(PaymentRefusal.NotFound);
        }

        if (plan.Terms.Amount.Asset != terms.Amount.Asset)
        {
            return new PaymentOutcome<Plan>.Refused(PaymentRefusal.OtherCurrency);
        }

        string endpoint = $"POST /plans/{planId:D}/versions";
        Guid request = FlowId.FromIdempotencyKey(caller.Principal, endpoint, idempotencyKey).Value;
        return await AddAsync(caller, endpoint, request, planId, terms, cancellationToken);
    }

    private async ValueTask<PaymentOutcome<Plan>> AddAsync(
        MerchantCaller caller, string endpoint, Guid request, Guid planId, PlanTerms terms, CancellationToken cancellationToken)
    {
        string hash = RequestHash.Of(
            endpoint,
            terms.Name,
            FlowFacts.AmountText(terms.Amount.MinorUnits),
            terms.Amount.Asset.Code,
            $"{terms.Interval}:{terms.IntervalCount}:{terms.TrialDays}:{terms.Prorates}");
        StoredPlan stored = await store.AddAsync(caller.MerchantId, planId, terms, request, hash, timeProvider.GetUtcNow(), cancellationToken);
        return stored.Hash == hash
            ? new PaymentOutcome<Plan>.Done(stored.Plan, IsReplayed: !stored.IsNew)
            : new PaymentOutcome<Plan>.KeyBelongsToOtherRequest();
    }
}
