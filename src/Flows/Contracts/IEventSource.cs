using System.Collections.Immutable;

namespace Florin.Flows;

/// <param name="NextCursor">Where to go on; <see langword="null"/> or the given cursor when there was nothing new.</param>
public sealed record InboundEventPage(ImmutableArray<InboundEvent> Events, string? NextCursor, bool HasMore);

/// <summary>A provider's list of events, for what its webhooks did not bring (fault W-13).</summary>
public interface IEventSource
{
    string Provider { get; }

    /// <summary>Events after a cursor, oldest first, marked as pulled.</summary>
    /// <param name="cursor"><see langword="null"/> starts at the oldest event that the provider still has.</param>
    /// <returns><see langword="null"/> when the provider does not answer now.</returns>
    ValueTask<InboundEventPage?> FetchAsync(string? cursor, CancellationToken cancellationToken);
}

/// <summary>Stores what webhooks missed.</summary>
public interface IPullSync
{
    /// <summary>Pulls all providers, at once and then every <see cref="InboxOptions.PullInterval"/>, until <paramref name="stop"/> is cancelled.</summary>
    Task RunAsync(CancellationToken stop);

    /// <summary>Pulls all providers once, page by page, to the end of their lists.</summary>
    /// <returns>How many events the inbox did not have yet.</returns>
    ValueTask<int> PullAsync(CancellationToken cancellationToken);
}
