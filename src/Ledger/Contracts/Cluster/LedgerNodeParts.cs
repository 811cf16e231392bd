using Florin.Ledger.Journal;

namespace Florin.Ledger.Cluster;

/// <summary>What a node of the ledger is made of.</summary>
public sealed record LedgerNodeParts
{
    public required ILedgerLease Lease { get; init; }

    /// <summary>
    /// A journal for one term: it never becomes the writer in any other. Disposed, when it can be, at the end of the term.
    /// </summary>
    public required Func<long, ILedgerJournal> Journal { get; init; }

    public required ILedgerForwarder Forwarder { get; init; }

    public required TimeProvider TimeProvider { get; init; }

    public required IdSource IdSource { get; init; }

    public required LedgerOptions Options { get; init; }

    public required LedgerNodeOptions NodeOptions { get; init; }

    public required ILedgerEvents Events { get; init; }

    public required ILedgerNodeEvents NodeEvents { get; init; }
}
