namespace Florin.Ledger;

/// <summary>Limits of the ledger's writer. All have defaults that fit one server; the relations between them are checked at construction.</summary>
public sealed record LedgerOptions
{
    /// <summary>Submissions and reads that wait for the writer; callers beyond wait for a place. Default 16,384.</summary>
    public int QueueMax { get; init; } = 16_384;

    /// <summary>The most submissions and reads in one commit. Default 8,192.</summary>
    public int BatchItemsMax { get; init; } = 8_192;

    /// <summary>A batch takes no further item once it holds this many transfers. Default 8,192.</summary>
    public int BatchTransfersMax { get; init; } = 8_192;

    /// <summary>Recent transactions kept in memory, so that repeats and references need no read. Default 262,144.</summary>
    public int RecordsMax { get; init; } = 262_144;

    /// <summary>
    /// The newest transfers whose accounts are indexed in memory, 16 bytes each. More than two partitions of the journal, so that it covers all
    /// that the store has not indexed yet. Default 4,194,304.
    /// </summary>
    public int RecentEntriesMax { get; init; } = 4_194_304;

    /// <summary>Transfers between two checkpoints. Default 200,000.</summary>
    public int CheckpointTransfers { get; init; } = 200_000;

    /// <summary>First pause after a failed attempt to recover; doubles up to <see cref="RecoveryPauseMax"/>. Default 50 ms.</summary>
    public TimeSpan RecoveryPauseMin { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Longest pause between attempts to recover. Default 2 s.</summary>
    public TimeSpan RecoveryPauseMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long stopping waits for what is queued when the journal does not answer. Default 10 s.</summary>
    public TimeSpan StopPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <exception cref="InvariantException">The limits contradict each other.</exception>
    public void Check()
    {
        Invariant.Assert(QueueMax > 0);
        Invariant.Assert(BatchItemsMax is > 0 and <= 65_536);
        Invariant.Assert(BatchTransfersMax is > 0 and <= 65_536);
        Invariant.Assert(RecordsMax >= 4 * (BatchTransfersMax + (Submission.TransactionsMax * Transaction.TransfersMax)));
        Invariant.Assert(RecentEntriesMax >= 2 * BatchTransfersMax);
        Invariant.Assert(CheckpointTransfers > 0);
        Invariant.Assert(RecoveryPauseMin > TimeSpan.Zero && RecoveryPauseMin <= RecoveryPauseMax);
    }
}
