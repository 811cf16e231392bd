using System.Collections.Immutable;
using Florin.Flows;
using Florin.Payments.Subscriptions.Plans;

namespace Florin.Payments.Subscriptions.Billing;

/// <summary>What the merchant wants of a subscription, as it travels to its flow. The id follows from the idempotency key, so that a repeat is one command.</summary>
/// <param name="Hash">Tells a repeat from another request under the same key.</param>
/// <param name="IsDone">Whether it was carried out; <see langword="false"/> when the state did not allow it, <see langword="null"/> before.</param>
internal sealed record SubscriptionCommand(Guid Id, string Hash, string Type, PlanFacts? Plan = null, string? PaymentSource = null, bool? IsDone = null)
{
    /// <summary>The source of their signals.</summary>
    public const string Source = "merchant";

    /// <summary>Commands that one subscription takes in its life; each stays known, so that its repeat is answered.</summary>
    public const int CountMax = 200;

    public const string CancelNow = "cancel";
    public const string CancelWithCredit = "cancel_with_credit";
    public const string CancelAtPeriodEnd = "cancel_at_period_end";
    public const string Pause = "pause";
    public const string Resume = "resume";
    public const string ChangePlan = "plan";
    public const string ChangeSource = "payment-source";

    /// <summary>Those that were not considered yet, in the order of their arrival.</summary>
    public static ImmutableArray<SubscriptionCommand> In(ImmutableArray<FlowSignal> signals, SubscriptionFacts facts) =>
    [
        .. signals.Where(signal => signal.Source == Source).Select(signal => FlowFacts.Read<SubscriptionCommand>(signal.Payload))
            .Where(command => facts.Commands.All(considered => considered.Id != command.Id)),
    ];
}
