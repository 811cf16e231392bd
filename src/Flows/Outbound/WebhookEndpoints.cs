using System.Collections.Immutable;
using System.Security.Cryptography;
using Florin.Flows.Runner;
using Florin.Ledger;

namespace Florin.Flows.Outbound;

/// <summary>The endpoints: checks their addresses, and makes and protects their secrets.</summary>
internal sealed class WebhookEndpoints(EventParts parts) : IWebhookEndpoints
{
    private const string ByOperator = "operator";

    private readonly GuardedConnections connections = new(parts.Resolve, parts.Options.AllowsLoopback);

    public async ValueTask<WebhookEndpointOutcome> CreateAsync(NewWebhookEndpoint request, CancellationToken cancellationToken)
    {
        if (await connections.CheckAsync(request.Url, cancellationToken) is { } reason)
        {
            return new WebhookEndpointOutcome.AddressRefused(reason);
        }

        WebhookEndpoint endpoint = new(
            new WebhookEndpointId(parts.IdSource.NextId()), request.Url, request.Description, request.EventTypes, true, null, null, null, parts.TimeProvider.Now());
        (byte[] closed, string text) = NewSecret(endpoint.Id);
        return await parts.Endpoints.AddAsync(endpoint, closed, request.CreatedBy, parts.Options.EndpointsMax, cancellationToken)
            ? new WebhookEndpointOutcome.Created(endpoint, text)
            : new WebhookEndpointOutcome.TooMany(parts.Options.EndpointsMax);
    }

    public ValueTask<ImmutableArray<WebhookEndpoint>> ListAsync(CancellationToken cancellationToken) => parts.Endpoints.ListAsync(null, cancellationToken);

    public async ValueTask<WebhookEndpoint?> GetAsync(WebhookEndpointId id, CancellationToken cancellationToken) =>
        (await parts.Endpoints.ListAsync(id, cancellationToken)).SingleOrDefault();

    public ValueTask<bool> RemoveAsync(WebhookEndpointId id, CancellationToken cancellationToken) =>
        parts.Endpoints.RemoveAsync(id, parts.TimeProvider.Now(), cancellationToken);

    public async ValueTask<string?> RotateSecretAsync(WebhookEndpointId id, TimeSpan overlap, CancellationToken cancellationToken)
    {
        Invariant.Assert(overlap >= TimeSpan.Zero && overlap <= IWebhookEndpoints.OverlapMax);
        (byte[] closed, string text) = NewSecret(id);
        DateTimeOffset? previousUntil = overlap > TimeSpan.Zero ? parts.TimeProvider.Now() + overlap : null;
        return await parts.Endpoints.RotateAsync(id, closed, previousUntil, cancellationToken) ? text : null;
    }

    public async ValueTask<WebhookEndpoint?> SetEnabledAsync(WebhookEndpointId id, bool isEnabled, CancellationToken cancellationToken)
    {
        await parts.Endpoints.SetEnabledAsync(id, isEnabled ? null : ByOperator, cancellationToken);
        return await GetAsync(id, cancellationToken);
    }

    private (byte[] Closed, string Text) NewSecret(WebhookEndpointId id)
    {
        byte[] secret = parts.IdSource.NextSecret(WebhookSignature.SecretBytes);
        byte[] closed = parts.Secrets.Close(secret, id.ToString());
        string text = WebhookSignature.SecretText(secret);
        CryptographicOperations.ZeroMemory(secret);
        return (closed, text);
    }
}
