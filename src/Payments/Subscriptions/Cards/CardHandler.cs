using System.Collections.Immutable;
using System.Diagnostics;
using Florin.Flows;
using Florin.Providers;

namespace Florin.Payments.Subscriptions.Cards;

/// <summary>Watches a card. Before each change it is read anew, because networks renew stored cards by themselves.</summary>
internal sealed class CardHandler(IEnumerable<IPaymentSourceReader> readers, SubscriptionOptions options, TimeProvider timeProvider) : IFlowHandler
{
    /// <summary>How soon a provider that does not answer is asked again; nothing depends on the hour.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromHours(6);

    private readonly ImmutableDictionary<string, IPaymentSourceReader> _readers = readers.ToImmutableDictionary(reader => reader.Name, StringComparer.Ordinal);

    public FlowDefinition Definition => CardFlow.Definition;

    public async ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        CardFacts facts = CardFacts.Of(flow);
        if (flow.State is CardFlow.Expired or CardFlow.Released)
        {
            return new FlowDecision.Rest("at its end");
        }

        if (signals.Any(signal => signal.Source == CardWatches.Source) || !_readers.TryGetValue(facts.Provider, out IPaymentSourceReader? reader))
        {
            return new FlowDecision.Move(CardFlow.Released, flow.Data, CardEvents.Release);
        }

        return await reader.GetAsync(facts.PaymentSource, cancellationToken) switch
        {
            ProviderLookup<PaymentSourceDetails>.Found { Value.LastDay: { } lastDay } => Judge(flow, facts with { LastDay = lastDay }),
            ProviderLookup<PaymentSourceDetails>.Found or ProviderLookup<PaymentSourceDetails>.NotFound =>
                new FlowDecision.Move(CardFlow.Released, flow.Data, CardEvents.Release),
            ProviderLookup<PaymentSourceDetails>.Unavailable unavailable => new FlowDecision.Wait(unavailable.Reason, Again),
            _ => throw new UnreachableException(),
        };
    }

    private FlowDecision Judge(Flow flow, CardFacts facts)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        DateTimeOffset notice = facts.EndsAt.AddDays(-options.CardNoticeDays);
        (string state, string reason, DateTimeOffset next) = now >= facts.EndsAt ? (CardFlow.Expired, CardEvents.Expiry, now)
            : now >= notice ? (CardFlow.Expiring, CardEvents.Notice, facts.EndsAt)
            : (CardFlow.Valid, CardEvents.Read, notice);
        string data = FlowFacts.Write(facts);
        if (state == flow.State && CardFacts.Of(flow).LastDay == facts.LastDay)
        {
            return new FlowDecision.Wait("not yet", next - now);
        }

        return state switch
        {
            CardFlow.Expired => new FlowDecision.Move(state, data, reason),

            // A card that was renewed and expires soon again: what was said of it stands.
            CardFlow.Expiring when flow.State == CardFlow.Expiring => new FlowDecision.Wait("said already", next - now),
            _ => new FlowDecision.Move(state, data, reason) { RestUntilSignal = true, Delay = next - now },
        };
    }
}
