using Florin.Flows;
using Florin.Ledger;
using Florin.Wallets.FundingSources;
using Florin.Wallets.Steps;
using Florin.Wallets.Withdrawals;

namespace Florin.Wallets.Payouts;

/// <summary>Shows and sets the schedules of merchants.</summary>
internal sealed class PayoutScheduleService(
    IFlows flows, FundingSourceStore sources, PayoutRails rails, IdSource ids, WalletOptions options, TimeProvider timeProvider)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    public async ValueTask<PayoutSchedule> GetAsync(Guid merchant, CancellationToken cancellationToken) =>
        await flows.GetAsync(PayoutScheduleFacts.IdOf(merchant), cancellationToken) is { } flow
            ? PayoutScheduleFacts.Of(flow).ToContract()
            : new PayoutSchedule(PayoutInterval.Manual, Day: null, DelayDays: 0, [], NextRun: null);

    public async ValueTask<PayoutSchedule?> SetAsync(WalletCaller caller, PayoutSchedule schedule, CancellationToken cancellationToken)
    {
        foreach (PayoutTerms terms in schedule.Currencies)
        {
            // The least that is paid says whether the currency can be: of each amount what the destination can be paid is taken.
            if (await sources.GetAsync(caller.UserId, terms.DestinationId, cancellationToken) is not { IsActive: true, IsPayoutAccount: true } destination
                || rails.Payable(destination.Provider, terms.Minimum) == UInt128.Zero)
            {
                return null;
            }
        }

        FlowId id = PayoutScheduleFacts.IdOf(caller.UserId);
        await flows.StartAsync(
            new FlowStart
            {
                Id = id,
                Kind = PayoutScheduleFlow.Kind,
                State = PayoutScheduleFlow.Manual,
                OwnerId = MovementStart.OwnerId(caller.UserId),
                Data = FlowFacts.Write(new PayoutScheduleFacts { MerchantId = caller.UserId }),
                RequestHash = RequestHash.Of(PayoutScheduleFlow.Kind, caller.UserId.ToString("D")),
                Actor = caller.Principal,
            },
            options.Patience,
            cancellationToken);
        PayoutScheduleChange change = new(
            ids.NextId(),
            schedule.Interval,
            schedule.Day,
            schedule.DelayDays,
            [
                .. schedule.Currencies.Select(terms => new PayoutTermsFacts(
                    terms.Minimum.Asset.Code, FlowFacts.AmountText(terms.Minimum.MinorUnits), terms.DestinationId)),
            ]);
        await flows.SignalAsync(id, caller.Principal, change.Id.ToString("D"), PayoutScheduleChange.Signal, FlowFacts.Write(change), cancellationToken);
        return await AwaitEffectAsync(id, change, cancellationToken);
    }

    /// <summary>Waits until the change is made. One that was overtaken by another is answered with that one.</summary>
    private async ValueTask<PayoutSchedule> AwaitEffectAsync(FlowId id, PayoutScheduleChange change, CancellationToken cancellationToken)
    {
        DateTimeOffset until = timeProvider.GetUtcNow() + options.CancelPatience;
        while (true)
        {
            PayoutScheduleFacts facts = PayoutScheduleFacts.Of((await flows.GetAsync(id, cancellationToken))!);
            if (facts.ChangeId == change.Id)
            {
                return facts.ToContract();
            }

            if (timeProvider.GetUtcNow() >= until)
            {
                // Durable, and made as soon as the flow is taken up.
                return facts.Changed(change, PayoutCalendar.DayOf(timeProvider.GetUtcNow())).ToContract();
            }

            await Task.Delay(Look, timeProvider, cancellationToken);
        }
    }
}
