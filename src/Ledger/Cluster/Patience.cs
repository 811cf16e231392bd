using Florin.Ledger.Journal;

namespace Florin.Ledger.Cluster;

/// <summary>A limit on statements of the lease: their network may be gone without a word.</summary>
internal static class Patience
{
    /// <exception cref="JournalException">It took too long; the outcome is unknown.</exception>
    public static async ValueTask<T> LimitAsync<T>(
        Func<CancellationToken, ValueTask<T>> act, TimeSpan limit, TimeProvider timeProvider, CancellationToken stopping)
    {
        using CancellationTokenSource patience = new(limit, timeProvider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
        try
        {
            return await act(either.Token);
        }
        catch (OperationCanceledException exception) when (!stopping.IsCancellationRequested)
        {
            throw new JournalException("The lease of the ledger could not be reached in time.", exception);
        }
    }
}
