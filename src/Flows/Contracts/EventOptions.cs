using System.Collections.Immutable;

namespace Florin.Flows;

/// <summary>Limits and times of outbound events.</summary>
public sealed record EventOptions
{
    /// <summary>Endpoints at the same time. With <see cref="PerEndpointMax"/> it bounds all deliveries under way in a process.</summary>
    public int EndpointsMax { get; init; } = 50;

    /// <summary>Deliveries under way to one endpoint from one process.</summary>
    public int PerEndpointMax { get; init; } = 4;

    /// <summary>Events numbered in one transaction.</summary>
    public int NumberMax { get; init; } = 500;

    /// <summary>How long a change may lie in the outbox unnoticed.</summary>
    public TimeSpan NumberInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a due delivery may lie unnoticed.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan MeasureInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a delivery of a process that died stays untouched; longer than an attempt takes.</summary>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The whole of one attempt, connection and answer.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The delays after the first, second, … failed attempt; after the last there is one more attempt, then the delivery is parked.</summary>
    /// <remarks>Source: Standard Webhooks 1.0.0, "Deliverability and reliability": three days in all. Each gets up to a fifth more by chance.</remarks>
    public ImmutableArray<TimeSpan> RetryDelays { get; init; } =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
        TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    /// <summary>The longest pause that a receiver's <c>Retry-After</c> can ask for.</summary>
    public TimeSpan PauseMax { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Development only: lets <c>http</c> and loopback addresses be called. Everything else that is not public stays refused.</summary>
    public bool AllowsLoopback { get; init; }
}
