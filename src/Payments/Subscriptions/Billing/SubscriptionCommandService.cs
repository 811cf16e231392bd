using Florin.Flows;
using Florin.Payments.Subscriptions.Plans;

namespace Florin.Payments.Subscriptions.Billing;

/// <summary>Brings the merchant's commands to a subscription's flow and waits for what becomes of them.</summary>
internal sealed class SubscriptionCommandService(
    IFlows flows, SubscriptionService subscriptions, PlanStore plans, PaymentOptions options, TimeProvider timeProvider)
{
    /// <summary>How often it is looked whether a command was considered.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);

    public ValueTask<PaymentOutcome<Subscription>> RunAsync(
        MerchantCaller caller, string idempotencyKey, Guid id, string type, CancellationToken cancellationToken) =>
        SendAsync(caller, id, Command(caller, idempotencyKey, id, type, asked: null), cancellationToken);

    public ValueTask<PaymentOutcome<Subscription>> ChangeSourceAsync(
        MerchantCaller caller, string idempotencyKey, Guid id, string paymentSource, CancellationToken cancellationToken) => SendAsync(
            caller,
            id,
            Command(caller, idempotencyKey, id, SubscriptionCommand.ChangeSource, paymentSource) with { PaymentSource = paymentSource },
            cancellationToken);

    public async ValueTask<PaymentOutcome<Subscription>> ChangePlanAsync(
        MerchantCaller caller, string idempotencyKey, Guid id, Guid planId, int? version, CancellationToken cancellationToken)
    {
        Flow? flow = await subscriptions.FindAsync(caller.MerchantId, id, cancellationToken);
        Plan? plan = await plans.FindAsync(caller.MerchantId, planId, version, cancellationToken);
        if (flow is null || plan is null)
        {
            return new PaymentOutcome<Subscription>.Refused(PaymentRefusal.NotFound);
        }

        return plan.Terms.Amount.Asset != SubscriptionFacts.Of(flow).Plan.Price.Asset
            ? new PaymentOutcome<Subscription>.Refused(PaymentRefusal.OtherCurrency)
            : await SendAsync(
                caller,
                id,
                Command(caller, idempotencyKey, id, SubscriptionCommand.ChangePlan, $"{planId:D}:{version}") with { Plan = PlanFacts.Of(plan) },
                cancellationToken);
    }

    /// <summary>Cancelling in its three ways is one endpoint; what was asked for is in the hash.</summary>
    private static SubscriptionCommand Command(MerchantCaller caller, string idempotencyKey, Guid id, string type, string? asked)
    {
        string word = type is SubscriptionCommand.CancelAtPeriodEnd or SubscriptionCommand.CancelWithCredit ? SubscriptionCommand.CancelNow : type;
        string endpoint = $"POST /subscriptions/{id:D}/{word}";
        return new SubscriptionCommand(FlowId.FromIdempotencyKey(caller.Principal, endpoint, idempotencyKey).Value, RequestHash.Of(endpoint, type, asked), type);
    }

    private async ValueTask<PaymentOutcome<Subscription>> SendAsync(
        MerchantCaller caller, Guid id, SubscriptionCommand command, CancellationToken cancellationToken)
    {
        if (await subscriptions.FindAsync(caller.MerchantId, id, cancellationToken) is not { } flow)
        {
            return new PaymentOutcome<Subscription>.Refused(PaymentRefusal.NotFound);
        }

        bool isReplayed = Considered(flow, command) is not null;
        if (!isReplayed && flow.State != SubscriptionFlow.Canceled && SubscriptionFacts.Of(flow).Commands.Length < SubscriptionCommand.CountMax)
        {
            isReplayed = !await flows.SignalAsync(
                flow.Id, SubscriptionCommand.Source, $"{command.Id:D}", command.Type, FlowFacts.Write(command), cancellationToken);
            flow = await AwaitAsync(flow, command, cancellationToken);
        }

        return Considered(flow, command) switch
        {
            null when flow.State == SubscriptionFlow.Canceled => new PaymentOutcome<Subscription>.Refused(PaymentRefusal.InvalidTransition),
            null when SubscriptionFacts.Of(flow).Commands.Length >= SubscriptionCommand.CountMax =>
                new PaymentOutcome<Subscription>.Refused(PaymentRefusal.TooManyChanges),
            null => new PaymentOutcome<Subscription>.InProgress(),
            var considered when considered.Hash != command.Hash => new PaymentOutcome<Subscription>.KeyBelongsToOtherRequest(),
            { IsDone: true } => new PaymentOutcome<Subscription>.Done(SubscriptionService.Present(flow), isReplayed),
            _ => new PaymentOutcome<Subscription>.Refused(PaymentRefusal.InvalidTransition),
        };
    }

    private static SubscriptionCommand? Considered(Flow flow, SubscriptionCommand command) =>
        SubscriptionFacts.Of(flow).Commands.FirstOrDefault(considered => considered.Id == command.Id);

    /// <summary>Waits until the command was considered, or cannot be any more, or the patience ends.</summary>
    private async ValueTask<Flow> AwaitAsync(Flow flow, SubscriptionCommand command, CancellationToken cancellationToken)
    {
        long began = timeProvider.GetTimestamp();
        Flow seen = flow;
        while (Considered(seen, command) is null && seen.State != SubscriptionFlow.Canceled && timeProvider.GetElapsedTime(began) < options.Patience)
        {
            await Task.Delay(Look, timeProvider, cancellationToken);
            seen = await flows.GetAsync(flow.Id, cancellationToken) ?? seen;
        }

        return seen;
    }
}
