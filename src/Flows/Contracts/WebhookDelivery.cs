using System.Collections.Immutable;

namespace Florin.Flows;

/// <summary>An event on its way to an endpoint.</summary>
/// <param name="Status"><c>pending</c>, <c>delivered</c> or <c>parked</c>: every attempt failed, a person may replay it.</param>
/// <param name="DueAt">When the next attempt is made, of a pending one.</param>
/// <param name="LastStatus">The HTTP status of the last attempt; <see langword="null"/> when there was no answer.</param>
/// <param name="LastError">Why the last attempt failed: a stable word, nothing that the receiver sent.</param>
public sealed record WebhookDelivery(
    WebhookEndpointId EndpointId,
    long Sequence,
    string EventId,
    string EventType,
    string Status,
    int Attempts,
    DateTimeOffset DueAt,
    bool IsReplayed,
    DateTimeOffset? LastAttemptAt,
    int? LastStatus,
    string? LastError);

/// <summary>What a worker took, with all that it needs.</summary>
/// <param name="LeaseUntil">When another worker may take it; names this claim.</param>
/// <param name="Attempts">How many were made before.</param>
/// <param name="Secrets">Protected; the present one first.</param>
public sealed record ClaimedDelivery(
    WebhookEndpointId EndpointId, Uri Url, ImmutableArray<byte[]> Secrets, OutboundEvent Event, int Attempts, bool IsReplayed, DateTimeOffset LeaseUntil);

/// <summary>A part of a replay that was put in.</summary>
/// <param name="LastSequence">Up to where; going on from here queues the rest.</param>
public sealed record QueuedReplay(int Count, long LastSequence, bool HasMore);

/// <summary>What waits, for metrics.</summary>
/// <param name="OldestPendingSince">When the oldest undelivered event occurred.</param>
public sealed record DeliveryBacklog(long Pending, long Parked, DateTimeOffset? OldestPendingSince);

/// <summary>Where deliveries are kept.</summary>
public interface IWebhookDeliveries
{
    /// <summary>
    /// Takes what is due, at most <paramref name="perEndpointMax"/> less what <paramref name="taken"/> says for each endpoint: an endpoint that hangs
    /// keeps its own places and nobody else's. Of one object the older event goes first, until it was tried once.
    /// </summary>
    ValueTask<ImmutableArray<ClaimedDelivery>> ClaimAsync(
        DateTimeOffset now,
        TimeSpan leaseTime,
        IReadOnlyDictionary<WebhookEndpointId, int> taken,
        int perEndpointMax,
        CancellationToken cancellationToken);

    ValueTask SucceedAsync(ClaimedDelivery delivery, DateTimeOffset now, int status, CancellationToken cancellationToken);

    /// <summary>Notes a failed attempt. Has no effect when the lease was lost.</summary>
    /// <param name="retryAt"><see langword="null"/> parks it.</param>
    ValueTask FailAsync(
        ClaimedDelivery delivery, DateTimeOffset now, int? status, string error, DateTimeOffset? retryAt, CancellationToken cancellationToken);

    /// <summary>Deliveries of an endpoint, newest event first.</summary>
    /// <param name="before">Only those of events with a lower number.</param>
    ValueTask<ImmutableArray<WebhookDelivery>> ListAsync(
        WebhookEndpointId id, string? status, long? before, int limit, CancellationToken cancellationToken);

    /// <summary>Puts the wanted events after a number in again, delivered or not, marked as replayed.</summary>
    ValueTask<QueuedReplay> ReplayAsync(WebhookEndpointId id, long since, int limit, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Puts one delivery in again.</summary>
    /// <returns><see langword="false"/> when there is no such delivery.</returns>
    ValueTask<bool> ReplayOneAsync(WebhookEndpointId id, long sequence, DateTimeOffset now, CancellationToken cancellationToken);

    ValueTask<DeliveryBacklog> MeasureAsync(CancellationToken cancellationToken);
}
