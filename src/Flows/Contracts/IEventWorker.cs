using System.Collections.Immutable;
using System.Net;
using Florin.Ledger;

namespace Florin.Flows;

/// <summary>Numbers events and delivers them.</summary>
public interface IEventWorker
{
    /// <summary>Works until <paramref name="stop"/> is cancelled. What is under way then is sent again by whoever takes it up.</summary>
    /// <exception cref="Exception">A bug of ours. The host exits; nothing is lost.</exception>
    Task RunAsync(CancellationToken stop);
}

/// <summary>Finds the addresses of a host.</summary>
public delegate Task<IPAddress[]> ResolveHost(string host, CancellationToken cancellationToken);

/// <summary>What the worker and the endpoints are made of.</summary>
public sealed record EventParts
{
    public required IEventLog Log { get; init; }

    public required IWebhookEndpointStore Endpoints { get; init; }

    public required IWebhookDeliveries Deliveries { get; init; }

    public required ISecretBox Secrets { get; init; }

    /// <summary>At most one per kind; a kind without one shows its id and state.</summary>
    public required ImmutableArray<IEventPresenter> Presenters { get; init; }

    public required TimeProvider TimeProvider { get; init; }

    public required IdSource IdSource { get; init; }

    /// <summary>Seeded, for the jitter of delays. Guarded against concurrent use.</summary>
    public required Random Random { get; init; }

    public EventOptions Options { get; init; } = new();

    public IEventObserver Observer { get; init; } = new SilentEventObserver();

    /// <summary>The system's resolver unless a test has its own.</summary>
    public ResolveHost Resolve { get; init; } = static (host, cancellationToken) => Dns.GetHostAddressesAsync(host, cancellationToken);
}

/// <summary>Is told what happens to events, for logs and metrics. Quick, and without exceptions.</summary>
public interface IEventObserver
{
    /// <param name="lag">From the change to its number.</param>
    void Numbered(string type, TimeSpan lag);

    /// <param name="lag">From the change to the receiver's answer.</param>
    void Delivered(WebhookEndpointId endpoint, int attempts, TimeSpan lag);

    /// <param name="retryAt"><see langword="null"/> when it is parked now.</param>
    void Failed(WebhookEndpointId endpoint, string eventId, string error, int attempts, DateTimeOffset? retryAt);

    /// <summary>The receiver says that it is gone.</summary>
    void Disabled(WebhookEndpointId endpoint);

    void Measured(DeliveryBacklog backlog, DateTimeOffset now);

    /// <summary>The database did not answer; the loop goes on after a pause.</summary>
    void StoreFailed(string what, Exception exception);

    /// <summary>A flow's facts could not be shown; its event says id and state only.</summary>
    void NotPresented(FlowId flow, string kind, string state, Exception exception);
}

/// <summary>Tells nobody.</summary>
public sealed class SilentEventObserver : IEventObserver
{
    public void Numbered(string type, TimeSpan lag)
    {
    }

    public void Delivered(WebhookEndpointId endpoint, int attempts, TimeSpan lag)
    {
    }

    public void Failed(WebhookEndpointId endpoint, string eventId, string error, int attempts, DateTimeOffset? retryAt)
    {
    }

    public void Disabled(WebhookEndpointId endpoint)
    {
    }

    public void Measured(DeliveryBacklog backlog, DateTimeOffset now)
    {
    }

    public void StoreFailed(string what, Exception exception)
    {
    }

    public void NotPresented(FlowId flow, string kind, string state, Exception exception)
    {
    }
}
