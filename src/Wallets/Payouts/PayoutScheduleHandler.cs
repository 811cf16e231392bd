using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Wallets.Payouts;

/// <summary>
/// Plans a merchant's batches. A turn first looks at the calendar, then at what the merchant has changed, so that what is due is never overtaken by what was asked
/// for later.
/// </summary>
internal sealed class PayoutScheduleHandler(PayoutLines lines, TimeProvider timeProvider) : IFlowHandler
{
    private const string Scheduler = "schedule";

    public FlowDefinition Definition => PayoutScheduleFlow.Definition;

    public async ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        PayoutScheduleFacts facts = PayoutScheduleFacts.Of(flow);
        DateTimeOffset now = timeProvider.GetUtcNow();
        FlowSignal? change = signals.LastOrDefault(signal => signal.Type == PayoutScheduleChange.Signal);
        if (flow.State == PayoutScheduleFlow.Active && facts.NextRun is { } run && now >= PayoutCalendar.StartOf(run))
        {
            return await PlanAsync(flow, facts, run, now, cancellationToken) with { KeepSignals = change is not null };
        }

        if (change is not null)
        {
            PayoutScheduleFacts changed = facts.Changed(FlowFacts.Read<PayoutScheduleChange>(change.Payload), PayoutCalendar.DayOf(now));
            string state = changed.NextRun is null ? PayoutScheduleFlow.Manual : PayoutScheduleFlow.Active;
            return new FlowDecision.Move(state, FlowFacts.Write(changed), PayoutScheduleEvents.Changed);
        }

        return facts.NextRun is { } next
            ? new FlowDecision.Wait("the next run is not due", PayoutCalendar.StartOf(next) - now)
            : new FlowDecision.Rest("runs by hand only");
    }

    private async ValueTask<FlowDecision.Move> PlanAsync(
        Flow flow, PayoutScheduleFacts facts, DateOnly run, DateTimeOffset now, CancellationToken cancellationToken)
    {
        (ImmutableArray<Guid> open, Dictionary<string, UInt128> promised) = await ReadOpenAsync(facts, cancellationToken);
        FlowId batch = await StartBatchAsync(flow, facts, run, promised, cancellationToken);
        DateOnly today = PayoutCalendar.DayOf(now);
        PayoutScheduleFacts planned = facts with
        {
            NextRun = PayoutCalendar.Next(facts.Interval, facts.Day, today > run ? today : run),
            Open = [.. open.Where(id => id != batch.Value), batch.Value],
        };
        return new FlowDecision.Move(PayoutScheduleFlow.Active, FlowFacts.Write(planned), PayoutScheduleEvents.Planned);
    }

    /// <summary>
    /// The id is the day's. A turn that died after this and is taken up again asks for the same under the same hash. A schedule that comes to the same day once more,
    /// because somebody or something has set it back, is another request under that id: it is refused, and the batch says so (fault I-12).
    /// </summary>
    private async ValueTask<FlowId> StartBatchAsync(
        Flow flow, PayoutScheduleFacts facts, DateOnly run, Dictionary<string, UInt128> promised, CancellationToken cancellationToken)
    {
        FlowId id = PayoutBatchFacts.IdOf(facts.MerchantId, run);
        string turn = $"{flow.Id}:{flow.Version}";
        FlowStart start = new()
        {
            Id = id,
            Kind = PayoutBatchFlow.Kind,
            State = PayoutBatchFlow.Planned,
            OwnerId = flow.OwnerId,
            Data = FlowFacts.Write(new PayoutBatchFacts
            {
                MerchantId = facts.MerchantId,
                Period = run,
                PayAt = PayoutCalendar.StartOf(run.AddDays(facts.DelayDays)),
                Lines = await LinesAsync(facts, promised, cancellationToken),
            }),
            RequestHash = RequestHash.Of(PayoutBatchFlow.Kind, turn),
            Actor = $"{Scheduler}:{flow.Id}",
        };
        if (await lines.Flows.StartAsync(start, TimeSpan.Zero, cancellationToken) is FlowStartOutcome.RequestDiffers)
        {
            await lines.Flows.SignalAsync(id, Scheduler, turn, PayoutBatchEvents.RunAgain, "{}", cancellationToken);
        }

        return id;
    }

    private async ValueTask<ImmutableArray<PayoutLineFacts>> LinesAsync(
        PayoutScheduleFacts facts, Dictionary<string, UInt128> promised, CancellationToken cancellationToken)
    {
        ImmutableArray<PayoutLineFacts>.Builder planned = ImmutableArray.CreateBuilder<PayoutLineFacts>();
        foreach (PayoutTermsFacts terms in facts.Currencies)
        {
            Money minimum = FlowFacts.Amount(terms.Minimum, terms.Asset);
            UInt128 available = await lines.AvailableAsync(facts.MerchantId, minimum.Asset, cancellationToken);
            UInt128 taken = UInt128.Min(available, promised.GetValueOrDefault(terms.Asset));
            if (available - taken >= minimum.MinorUnits)
            {
                planned.Add(new PayoutLineFacts
                {
                    Asset = terms.Asset,
                    Amount = FlowFacts.AmountText(available - taken),
                    Minimum = terms.Minimum,
                    DestinationId = terms.DestinationId,
                });
            }
        }

        return planned.ToImmutable();
    }

    /// <summary>Batches that are still to be paid, and what their lines will take.</summary>
    private async ValueTask<(ImmutableArray<Guid> Open, Dictionary<string, UInt128> Promised)> ReadOpenAsync(
        PayoutScheduleFacts facts, CancellationToken cancellationToken)
    {
        ImmutableArray<Guid>.Builder open = ImmutableArray.CreateBuilder<Guid>();
        Dictionary<string, UInt128> promised = [];
        foreach (Guid id in facts.Open)
        {
            if (await lines.Flows.GetAsync(new FlowId(id), cancellationToken) is not { State: PayoutBatchFlow.Planned or PayoutBatchFlow.Paying } flow)
            {
                continue;
            }

            open.Add(id);
            foreach (PayoutLineFacts line in PayoutBatchFacts.Of(flow).Lines.Where(line => line.Status == PayoutLineFacts.Planned))
            {
                // What was claimed by hand has left the balance already.
                if (await lines.HolderAsync(line.IdIn(flow.Id), cancellationToken) is null)
                {
                    promised[line.Asset] = promised.GetValueOrDefault(line.Asset) + line.Ordered.MinorUnits;
                }
            }
        }

        return (open.ToImmutable(), promised);
    }
}
