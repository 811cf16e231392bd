using System.Collections.Immutable;

namespace Florin.Flows;

/// <summary>A provider's event as it arrived, stored before it is answered.</summary>
/// <param name="Provider"><c>stripe</c>.</param>
/// <param name="EventId">The provider's id of the event; (provider, event id) is unique, so that a repeat has no effect (fault W-01).</param>
/// <param name="ObjectId">The provider's id of the object it speaks of; events of one object are worked one after another.</param>
/// <param name="Body">The raw body with anything like a card number masked.</param>
/// <param name="Via"><c>webhook</c> or <c>pull</c>.</param>
public sealed record InboundEvent(
    string Provider, string EventId, string Type, string ObjectId, string Body, string Via, DateTimeOffset ReceivedAt)
{
    /// <summary>How often its handling failed.</summary>
    public int Attempts { get; init; }

    /// <summary><c>pending</c>, <c>done</c>, <c>ignored</c> (a type we do not act on) or <c>parked</c>.</summary>
    public string Status { get; init; } = "pending";

    /// <summary>What happened at the last attempt.</summary>
    public string? Note { get; init; }
}

/// <summary>The durable inbox of provider events.</summary>
public interface IWebhookInbox
{
    /// <summary>Stores an event. Durable when it returns.</summary>
    /// <returns><see langword="false"/> when the event is there already.</returns>
    ValueTask<bool> StoreAsync(InboundEvent inboundEvent, CancellationToken cancellationToken);

    /// <summary>
    /// Takes the oldest pending events that are due, one per object, locks them for <paramref name="leaseTime"/> and returns them. An event whose
    /// worker dies becomes free again when the lease ends.
    /// </summary>
    ValueTask<ImmutableArray<InboundEvent>> ClaimAsync(DateTimeOffset now, TimeSpan leaseTime, int limit, CancellationToken cancellationToken);

    /// <summary>The event was handled, or needs no handling.</summary>
    ValueTask CompleteAsync(string provider, string eventId, bool ignored, string? note, CancellationToken cancellationToken);

    /// <summary>Handling failed: try again at <paramref name="retryAt"/>, or park the event when that is <see langword="null"/> (fault W-15).</summary>
    ValueTask FailAsync(string provider, string eventId, string note, DateTimeOffset? retryAt, CancellationToken cancellationToken);

    /// <summary>Makes a parked, ignored or done event pending again.</summary>
    /// <returns><see langword="false"/> when there is no such event.</returns>
    ValueTask<bool> ReplayAsync(string provider, string eventId, CancellationToken cancellationToken);

    /// <summary>Events of a status, newest first.</summary>
    ValueTask<ImmutableArray<InboundEvent>> ListAsync(string? status, int limit, CancellationToken cancellationToken);

    /// <summary>How far a provider's event list was read by pulling; <see langword="null"/> before the first time.</summary>
    ValueTask<string?> GetCursorAsync(string provider, CancellationToken cancellationToken);

    ValueTask SetCursorAsync(string provider, string cursor, CancellationToken cancellationToken);
}
