namespace Florin.Providers;

/// <summary>A provider's list of events: what its webhooks would have told (fault W-13). Thread-safe.</summary>
public interface IEventFeed
{
    /// <summary>The provider's name: <c>stripe</c>, <c>paypal</c>.</summary>
    string Name { get; }

    /// <summary>Events after a cursor, oldest first. Some that were told before may be among them.</summary>
    /// <param name="cursor"><see langword="null"/> starts at the oldest event that the provider still has.</param>
    ValueTask<ProviderLookup<ProviderEventPage>> ListEventsAsync(string? cursor, CancellationToken cancellationToken);
}
