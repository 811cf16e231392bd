namespace Florin.Flows;

/// <summary>Limits and times of the flow runner.</summary>
public sealed record FlowOptions
{
    /// <summary>Turns that run at the same time in this process. The rest waits its turn in the database.</summary>
    public int TurnsMax { get; init; } = 64;

    /// <summary>Changes of state in one turn; afterwards the flow goes to the end of the queue, so that none keeps a place for ever.</summary>
    public int StepsPerTurnMax { get; init; } = 32;

    /// <summary>Flows claimed by one statement.</summary>
    public int ClaimMax { get; init; } = 32;

    /// <summary>How long a flow of a process that died stays untouched. Prolonged at a third of this time while its holder lives.</summary>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long work that another process made due may lie unnoticed.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The delay before the second attempt; doubles with every further one, less up to half of it by chance.</summary>
    public TimeSpan BackoffFirst { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an outcome may be unknown before it is overdue and somebody should ask the provider. 1 second to 30 days.</summary>
    public TimeSpan UnknownMax { get; init; } = TimeSpan.FromHours(4);

    /// <summary>The longest delay. Attempts never end: an unknown outcome is asked for until it is known (fault U-04).</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>Limits and times of the worker on the inbox of provider events.</summary>
public sealed record InboxOptions
{
    /// <summary>Events claimed by one statement and worked at the same time, each of another object.</summary>
    public int ClaimMax { get; init; } = 32;

    /// <summary>How long an event of a worker that died stays untouched; longer than any handling takes.</summary>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>After so many failures an event is parked and waits for a person (fault W-15).</summary>
    public int AttemptsMax { get; init; } = 8;

    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan BackoffFirst { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often a provider's event list is read for what its webhooks did not bring (fault W-13).</summary>
    public TimeSpan PullInterval { get; init; } = TimeSpan.FromMinutes(1);
}
