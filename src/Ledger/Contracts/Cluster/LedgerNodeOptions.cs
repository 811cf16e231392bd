namespace Florin.Ledger.Cluster;

/// <summary>Times and limits of a node that shares its ledger with others.</summary>
public sealed record LedgerNodeOptions
{
    /// <summary>Where other nodes reach this one.</summary>
    public required Uri AdvertiseUrl { get; init; }

    /// <summary>How long the others wait after this node's last sign of life before one of them takes over. Default 3 s.</summary>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// By how much this node stops answering before the others may take over: room for clocks that run at different speeds. Default 300 ms.
    /// </summary>
    public TimeSpan LeaseMargin { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Between two renewals. Default 1 s.</summary>
    public TimeSpan RenewEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Between two looks at the lease, and after a look or a renewal that failed. Default 200 ms.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long one statement on the lease may take. Default 1 s.</summary>
    public TimeSpan StatementPatience { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a call waits for a leader and its answer, over all attempts. Default 20 s.</summary>
    public TimeSpan CallPatience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Before a leader that took nothing is asked again. Default 50 ms.</summary>
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Nobody else can have this database: what another process held, it held before its death. Nothing is waited for.</summary>
    public bool IsAlone { get; init; }

    /// <exception cref="InvariantException">The times contradict each other.</exception>
    public void Check()
    {
        Invariant.Assert(LookEvery > TimeSpan.Zero && RetryPause > TimeSpan.Zero && StatementPatience > TimeSpan.Zero);
        Invariant.Assert(LeaseMargin > TimeSpan.Zero);

        // Two renewals may be lost before the lease is.
        Invariant.Assert(RenewEvery > TimeSpan.Zero && LeaseTime >= (2 * RenewEvery) + LeaseMargin);
        Invariant.Assert(CallPatience > LeaseTime);
    }
}
