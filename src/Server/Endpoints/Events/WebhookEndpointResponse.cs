using Florin.Flows;

namespace Florin.Server.Endpoints.Events;

/// <param name="EventTypes"><c>*</c>, <c>deposit.*</c> or <c>deposit.succeeded</c>.</param>
/// <param name="DisabledReason"><c>operator</c>, or <c>gone</c> after the receiver answered 410.</param>
/// <param name="PausedUntil">Until when nothing is sent because the receiver asked for it with <c>Retry-After</c>.</param>
/// <param name="PreviousSecretUntil">Until when events are signed with the secret before the last rotation too.</param>
/// <param name="Secret">For the signatures; only in the answers that made it.</param>
internal sealed record WebhookEndpointResponse(
    Guid Id,
    string Url,
    string? Description,
    IReadOnlyList<string> EventTypes,
    bool Enabled,
    string? DisabledReason,
    DateTimeOffset? PausedUntil,
    DateTimeOffset? PreviousSecretUntil,
    DateTimeOffset CreatedAt,
    string? Secret)
{
    public static WebhookEndpointResponse Of(WebhookEndpoint endpoint, string? secret = null) => new(
        endpoint.Id.Value,
        endpoint.Url.OriginalString,
        endpoint.Description,
        endpoint.EventTypes,
        endpoint.IsEnabled,
        endpoint.DisabledReason,
        endpoint.PausedUntil,
        endpoint.PreviousSecretUntil,
        endpoint.CreatedAt,
        secret);
}

/// <param name="Sequence">Of the event.</param>
/// <param name="Status"><c>pending</c>, <c>delivered</c> or <c>parked</c>: every attempt failed, a person may replay it.</param>
/// <param name="Attempts">Since it was put in, or put in again.</param>
/// <param name="NextAttemptAt">Of a pending one.</param>
/// <param name="LastStatus">The HTTP status of the last attempt; absent when there was no answer.</param>
/// <param name="LastError">
/// <c>refused</c>, <c>gone</c>, <c>redirect_not_followed</c>, <c>timeout</c>, <c>connection_failed</c>, <c>address_refused</c> or <c>secret_unreadable</c>.
/// </param>
internal sealed record WebhookDeliveryResponse(
    long Sequence,
    string EventId,
    string EventType,
    string Status,
    int Attempts,
    DateTimeOffset? NextAttemptAt,
    bool Replayed,
    DateTimeOffset? LastAttemptAt,
    int? LastStatus,
    string? LastError)
{
    public static WebhookDeliveryResponse Of(WebhookDelivery item) => new(
        item.Sequence,
        item.EventId,
        item.EventType,
        item.Status,
        item.Attempts,
        item.Status == "pending" ? item.DueAt : null,
        item.IsReplayed,
        item.LastAttemptAt,
        item.LastStatus,
        item.LastError);
}

/// <param name="Queued">How many events were put in again.</param>
/// <param name="NextSince">Where to go on when <paramref name="HasMore"/>.</param>
internal sealed record WebhookReplayResponse(int Queued, long NextSince, bool HasMore);
