using Florin.Ledger.Journal;

namespace Florin.Ledger.Cluster;

/// <summary>
/// The one row that says which node leads. It decides who tries to write and who answers reads; what keeps two nodes from writing is the journal's
/// compare-and-swap on its head, whatever this row says. Not thread-safe but for <see cref="RenewAsync"/> beside <see cref="ReleaseAsync"/>.
/// </summary>
public interface ILedgerLease : IAsyncDisposable
{
    /// <summary>The row as it stands.</summary>
    /// <exception cref="JournalException">The store cannot be reached.</exception>
    ValueTask<LeaseView> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Begins the next term, when the row is still as it was seen.</summary>
    /// <returns><see langword="false"/> when somebody was faster or the holder renewed.</returns>
    /// <exception cref="JournalException">The outcome is unknown: the row tells.</exception>
    ValueTask<bool> TryTakeAsync(LeaseView seen, LeaseClaim claim, CancellationToken cancellationToken);

    /// <summary>Shows the others that the holder of a term lives.</summary>
    /// <returns><see langword="false"/> when the term is over: another node has begun a later one.</returns>
    /// <exception cref="JournalException">The outcome is unknown.</exception>
    ValueTask<bool> RenewAsync(long term, CancellationToken cancellationToken);

    /// <summary>Ends a term by its holder's will, so that nobody has to wait for it to run out. Nothing happens when it is over.</summary>
    /// <exception cref="JournalException">The outcome is unknown; the lease runs out by itself.</exception>
    ValueTask ReleaseAsync(long term, CancellationToken cancellationToken);
}

/// <summary>Who leads, as the store tells it.</summary>
/// <param name="Term">Counts the takeovers, from 1; 0 before the first.</param>
/// <param name="Renewals">Counts the renewals of this term. While it changes, the holder lives.</param>
/// <param name="Holder"><see langword="null"/> when the lease was given back.</param>
/// <param name="Url">Where the holder takes forwarded work.</param>
/// <param name="Token">What proves to the holder that the sender has read this row. Never logged.</param>
/// <param name="Duration">How long the holder may go without a renewal.</param>
public sealed record LeaseView(long Term, long Renewals, Guid? Holder, Uri? Url, string Token, TimeSpan Duration);

/// <summary>What a node writes into the row when it takes the lease.</summary>
public sealed record LeaseClaim(Guid Node, Uri Url, string Token, TimeSpan Duration);
