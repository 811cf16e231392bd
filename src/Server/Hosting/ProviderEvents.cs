using Florin.Flows;
using Florin.Providers;
using Florin.Server.Http;

namespace Florin.Server.Hosting;

/// <summary>A provider's list of events, as the inbox takes it: what its webhooks did not bring (fault W-13).</summary>
internal sealed class ProviderEvents(IEventFeed provider, TimeProvider timeProvider) : IEventSource
{
    private const string Via = "pull";

    public string Provider => provider.Name;

    public async ValueTask<InboundEventPage?> FetchAsync(string? cursor, CancellationToken cancellationToken)
    {
        ProviderLookup<ProviderEventPage> lookup = await provider.ListEventsAsync(cursor, cancellationToken);
        return lookup is ProviderLookup<ProviderEventPage>.Found found
            ? new InboundEventPage([.. found.Value.Events.Select(Inbound)], found.Value.NextCursor, found.Value.HasMore)
            : null;
    }

    private InboundEvent Inbound(ProviderEvent providerEvent) => new(
        provider.Name,
        providerEvent.Id,
        providerEvent.Type,
        providerEvent.ObjectId,
        CardNumbers.Mask(providerEvent.Body),
        Via,
        timeProvider.GetUtcNow());
}
