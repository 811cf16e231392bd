using Florin.Flows;
using Florin.Wallets.Payouts;

namespace Florin.Wallets;

/// <summary>Payouts, their batches and schedules as they were at a version of their flow, for events.</summary>
public static class PayoutSnapshots
{
    public const string PayoutKind = PayoutFlow.Kind;
    public const string BatchKind = PayoutBatchFlow.Kind;
    public const string ScheduleKind = PayoutScheduleFlow.Kind;

    public static Payout Payout(Flow flow) => PayoutService.Present(flow);

    public static PayoutBatch Batch(Flow flow) => PayoutBatchFacts.Of(flow).Present(flow);

    public static PayoutSchedule Schedule(Flow flow) => PayoutScheduleFacts.Of(flow).ToContract();
}
