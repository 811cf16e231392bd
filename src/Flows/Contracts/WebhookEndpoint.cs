using System.Collections.Immutable;

namespace Florin.Flows;

/// <summary>The identity of an endpoint.</summary>
public readonly record struct WebhookEndpointId(Guid Value)
{
    public override string ToString() => Value.ToString("D");
}

/// <summary>Somebody's address that gets events.</summary>
/// <param name="EventTypes"><c>*</c>, <c>deposit.*</c> or <c>deposit.succeeded</c>.</param>
/// <param name="DisabledReason"><c>operator</c>, or <c>gone</c> after an answer 410; <see langword="null"/> while it is enabled.</param>
/// <param name="PreviousSecretUntil">Until when events are signed with the secret before the last rotation too.</param>
public sealed record WebhookEndpoint(
    WebhookEndpointId Id,
    Uri Url,
    string? Description,
    ImmutableArray<string> EventTypes,
    bool IsEnabled,
    string? DisabledReason,
    DateTimeOffset? PausedUntil,
    DateTimeOffset? PreviousSecretUntil,
    DateTimeOffset CreatedAt);

/// <param name="CreatedBy">Who asked for it, for the record.</param>
public sealed record NewWebhookEndpoint(Uri Url, string? Description, ImmutableArray<string> EventTypes, string CreatedBy);

/// <summary>What became of a request for an endpoint.</summary>
public abstract record WebhookEndpointOutcome
{
    private WebhookEndpointOutcome()
    {
    }

    /// <param name="Secret">The signing secret; it is shown now and never again.</param>
    public sealed record Created(WebhookEndpoint Endpoint, string Secret) : WebhookEndpointOutcome;

    /// <summary>The address must not be called: <paramref name="Reason"/> says why.</summary>
    public sealed record AddressRefused(string Reason) : WebhookEndpointOutcome;

    /// <summary>There are as many as there may be.</summary>
    public sealed record TooMany(int Max) : WebhookEndpointOutcome;
}

/// <summary>The endpoints that get events. Thread-safe.</summary>
public interface IWebhookEndpoints
{
    /// <summary>The longest time for which two secrets may be in use.</summary>
    static TimeSpan OverlapMax { get; } = TimeSpan.FromHours(72);

    static TimeSpan OverlapDefault { get; } = TimeSpan.FromHours(24);

    /// <summary>It gets what is numbered from now on.</summary>
    ValueTask<WebhookEndpointOutcome> CreateAsync(NewWebhookEndpoint request, CancellationToken cancellationToken);

    /// <summary>Oldest first.</summary>
    ValueTask<ImmutableArray<WebhookEndpoint>> ListAsync(CancellationToken cancellationToken);

    ValueTask<WebhookEndpoint?> GetAsync(WebhookEndpointId id, CancellationToken cancellationToken);

    /// <summary>It gets nothing more, and its secrets are gone.</summary>
    /// <returns><see langword="false"/> when there is no such endpoint.</returns>
    ValueTask<bool> RemoveAsync(WebhookEndpointId id, CancellationToken cancellationToken);

    /// <summary>Makes a new secret; the present one signs too for <paramref name="overlap"/>, and one before it no more.</summary>
    /// <returns>The new secret, shown now and never again; <see langword="null"/> when there is no such endpoint.</returns>
    ValueTask<string?> RotateSecretAsync(WebhookEndpointId id, TimeSpan overlap, CancellationToken cancellationToken);

    /// <summary>While it is disabled nothing is sent and no new events are kept for it; what is pending waits.</summary>
    /// <returns><see langword="null"/> when there is no such endpoint.</returns>
    ValueTask<WebhookEndpoint?> SetEnabledAsync(WebhookEndpointId id, bool isEnabled, CancellationToken cancellationToken);
}

/// <summary>Keeps endpoints. Secrets come protected and stay so.</summary>
public interface IWebhookEndpointStore
{
    /// <returns><see langword="false"/> when there are <paramref name="countMax"/> already.</returns>
    ValueTask<bool> AddAsync(WebhookEndpoint endpoint, byte[] secret, string createdBy, int countMax, CancellationToken cancellationToken);

    ValueTask<ImmutableArray<WebhookEndpoint>> ListAsync(WebhookEndpointId? id, CancellationToken cancellationToken);

    ValueTask<bool> RemoveAsync(WebhookEndpointId id, DateTimeOffset now, CancellationToken cancellationToken);

    /// <param name="previousUntil"><see langword="null"/>: the present secret signs no more at once.</param>
    ValueTask<bool> RotateAsync(WebhookEndpointId id, byte[] secret, DateTimeOffset? previousUntil, CancellationToken cancellationToken);

    /// <param name="disabledReason"><see langword="null"/> enables.</param>
    ValueTask<bool> SetEnabledAsync(WebhookEndpointId id, string? disabledReason, CancellationToken cancellationToken);

    /// <summary>Nothing is sent before this time.</summary>
    ValueTask PauseAsync(WebhookEndpointId id, DateTimeOffset until, CancellationToken cancellationToken);
}

/// <summary>Encrypts what must not be readable in the database.</summary>
public interface ISecretBox
{
    /// <param name="context">What the secret belongs to; it opens under the same context only.</param>
    byte[] Close(ReadOnlySpan<byte> secret, string context);

    /// <exception cref="System.Security.Cryptography.CryptographicException">Another key or context, or changed bytes.</exception>
    byte[] Open(ReadOnlySpan<byte> closed, string context);
}
