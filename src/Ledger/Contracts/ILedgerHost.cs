using Florin.Ledger.Cluster;
using Florin.Ledger.Journal;
using Florin.Ledger.Pipeline;

namespace Florin.Ledger;

/// <summary>A ledger with its life: what the host starts, watches and stops.</summary>
public interface ILedgerHost : ILedger, IAsyncDisposable
{
    /// <summary>Ends when the writer ends; faulted when it had to stop. The host then exits: memory and journal may not be trusted to agree.</summary>
    Task Completion { get; }

    /// <summary>Takes the journal, rebuilds memory and serves. Returns when the ledger answers; while another server holds the journal, it waits.</summary>
    /// <exception cref="JournalFencedException">Another writer took the journal meanwhile.</exception>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>SHA-256 of all that decides future answers, in the order of the queue. Equal histories give equal hashes.</summary>
    ValueTask<byte[]> GetStateHashAsync(CancellationToken cancellationToken);
}

/// <summary>Makes a ledger on a journal.</summary>
public static class LedgerFactory
{
    public static ILedgerHost Create(ILedgerJournal journal, TimeProvider timeProvider, LedgerOptions options, ILedgerEvents events) =>
        new LedgerPipeline(journal, timeProvider, options, events);

    /// <summary>Makes a ledger that shares its journal with those of other processes: one leads, the others forward to it.</summary>
    public static (ILedgerHost Ledger, ILedgerNode Node) CreateNode(LedgerNodeParts parts)
    {
        ClusteredLedger ledger = new(parts);
        return (ledger, ledger);
    }
}
