using System.Collections.Immutable;
using System.Diagnostics;
using Florin.Flows;
using Florin.Payments.Charging;
using Florin.Payments.Subscriptions.Plans;

namespace Florin.Payments.Subscriptions.Billing;

/// <summary>Begins and shows subscriptions.</summary>
internal sealed class SubscriptionService(IFlows flows, PlanStore plans, PaymentOptions options, TimeProvider timeProvider)
{
    private const string Endpoint = "POST /subscriptions";

    public async ValueTask<PaymentOutcome<Subscription>> SubscribeAsync(
        MerchantCaller caller, string idempotencyKey, SubscriptionOrder order, CancellationToken cancellationToken)
    {
        if (await plans.FindAsync(caller.MerchantId, order.PlanId, order.PlanVersion, cancellationToken) is not { } plan)
        {
            return new PaymentOutcome<Subscription>.Refused(PaymentRefusal.NotFound);
        }

        DateTimeOffset begin = timeProvider.BillingNow().AddDays(plan.Terms.TrialDays);
        FlowStart start = new()
        {
            Id = FlowId.FromIdempotencyKey(caller.Principal, Endpoint, idempotencyKey),
            Kind = SubscriptionFlow.Kind,
            State = SubscriptionFlow.Created,
            OwnerId = PaymentService.OwnerId(caller.MerchantId),
            Data = FlowFacts.Write(new SubscriptionFacts
            {
                MerchantId = caller.MerchantId,
                Customer = order.Customer,
                PaymentSource = order.PaymentSource,
                Plan = PlanFacts.Of(plan),
                Anchor = begin,
                PeriodEnd = begin,
            }),

            // By what was asked for: a newer version of the plan does not make a repeat another request.
            RequestHash = RequestHash.Of(
                Endpoint, $"{caller.MerchantId:D}", $"{order.PlanId:D}", $"{order.PlanVersion}", order.Customer, order.PaymentSource),
            Actor = caller.Principal,
        };
        return PaymentService.Outcome(await flows.StartAsync(start, options.Patience, cancellationToken), Present);
    }

    public async ValueTask<Flow?> FindAsync(Guid merchant, Guid id, CancellationToken cancellationToken)
    {
        Flow? flow = await flows.GetAsync(new FlowId(id), cancellationToken);
        return flow is { Kind: SubscriptionFlow.Kind } && flow.OwnerId == PaymentService.OwnerId(merchant) ? flow : null;
    }

    public async ValueTask<ImmutableArray<Subscription>> ListAsync(Guid merchant, Guid? before, int limit, CancellationToken cancellationToken)
    {
        FlowId? cursor = before is { } id ? new FlowId(id) : null;
        ImmutableArray<Flow> page = await flows.ListAsync(PaymentService.OwnerId(merchant), [SubscriptionFlow.Kind], cursor, limit, cancellationToken);
        return [.. page.Select(Present)];
    }

    public static Subscription Present(Flow flow)
    {
        SubscriptionFacts facts = SubscriptionFacts.Of(flow);
        return new Subscription(
            flow.Id.Value,
            Status(flow.State, facts),
            facts.Customer,
            facts.Plan.ToContract(),
            facts.NextPlan?.ToContract(),
            facts.PeriodStart,
            facts.PausedSeconds is null ? facts.PeriodEnd : null,
            facts.CancelsAtPeriodEnd,
            facts.EndReason,
            facts.Draft?.Id,
            flow.CreatedAt);
    }

    private static string Status(string state, SubscriptionFacts facts) => state switch
    {
        SubscriptionFlow.Created => facts.Plan.TrialDays > 0 ? SubscriptionFlow.Trialing : SubscriptionFlow.Active,
        SubscriptionFlow.Trialing or SubscriptionFlow.Active or SubscriptionFlow.PastDue or SubscriptionFlow.Paused or SubscriptionFlow.Unpaid
            or SubscriptionFlow.Canceled => state,
        _ => throw new UnreachableException($"A subscription cannot be in state '{state}'."),
    };
}
