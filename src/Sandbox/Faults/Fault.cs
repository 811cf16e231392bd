namespace Florin.Sandbox.Faults;

/// <summary>One scripted failure.</summary>
internal sealed record Fault(string Id, string Provider, string Operation, FaultKind Kind)
{
    /// <summary>The operation that every request matches.</summary>
    public const string AnyOperation = "*";

    /// <summary>The operation that webhooks match.</summary>
    public const string WebhookOperation = "webhook";

    /// <summary>How often it strikes.</summary>
    public int Count { get; init; } = 1;

    /// <summary>How many matching requests pass before it strikes.</summary>
    public int Skip { get; init; }

    /// <summary>For <see cref="FaultKind.Slow"/>, in real time.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>For <see cref="FaultKind.NotFoundFor"/> and <see cref="FaultKind.LateWebhook"/>, on the sandbox's clock.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>For <see cref="FaultKind.AmountMismatch"/>: what is added, in smallest units.</summary>
    public long AmountDelta { get; init; } = 1;

    /// <summary>For <see cref="FaultKind.AmountMismatch"/>: another currency to show, or <see langword="null"/>.</summary>
    public string? Currency { get; init; }

    /// <summary>For webhooks: only events of this type; <see langword="null"/> for all.</summary>
    public string? EventType { get; init; }
}
