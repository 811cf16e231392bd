namespace Florin.Ledger.Journal;

/// <summary>What one database transaction writes: the rows of many submissions, in order.</summary>
public sealed class JournalBatch
{
    /// <summary>1, 2, 3 … without gaps.</summary>
    public required long Number { get; init; }

    /// <summary>Ledger time of everything in it. Whole microseconds, never before that of an earlier batch.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    public List<AccountRow> Accounts { get; } = [];

    public List<TransferRow> Transfers { get; } = [];

    public List<DetailRow> Details { get; } = [];

    public List<StandingRow> Standings { get; } = [];

    public List<LimitRow> Limits { get; } = [];

    public List<PeriodRow> Periods { get; } = [];

    /// <summary>Work of other modules that commits with it. The journal reports conflicts by index into this list.</summary>
    public List<ICommitParticipant> Participants { get; } = [];

    /// <summary>Sequence of the last transfer in the ledger once the batch is committed.</summary>
    public long LastSequence { get; set; }

    public bool IsEmpty => 
        Accounts.Count == 0 && Transfers.Count == 0 && Standings.Count == 0 && Limits.Count == 0 && Periods.Count == 0 && Participants.Count == 0;
}
