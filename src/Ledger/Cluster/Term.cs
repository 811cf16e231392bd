using Florin.Ledger.Journal;
using Florin.Ledger.Pipeline;

namespace Florin.Ledger.Cluster;

/// <summary>One term of this node as the leader, with a writer, a journal and a memory of its own.</summary>
internal sealed class Term(LedgerNodeParts parts, Routes routes, long number, string token, HeldLease held)
{
    private readonly LedgerNodeOptions _options = parts.NodeOptions;
    private readonly TimeProvider _timeProvider = parts.TimeProvider;

    /// <summary>Leads until the term is over or the host stops; returns when nothing of it is left.</summary>
    /// <exception cref="InvariantException">The writer found a bug of ours.</exception>
    public async ValueTask LeadAsync(CancellationToken stopping)
    {
        // What was sent to the leader before is not answered any more.
        routes.Clear();
        using CancellationTokenSource over = new();
        Task renewing = RenewUntilLostAsync(over.Token);
        ILedgerJournal journal = parts.Journal(number);
        LedgerPipeline pipeline = new(journal, _timeProvider, parts.Options, parts.Events);
        try
        {
            await ServeAsync(pipeline, renewing, stopping);
        }
        finally
        {
            await EndAsync(pipeline, journal);
            await over.CancelAsync();
            await renewing;
            await ReleaseAsync();
        }
    }

    private async ValueTask ServeAsync(LedgerPipeline pipeline, Task renewing, CancellationToken stopping)
    {
        Task ready = pipeline.StartAsync(stopping);
        Task stopped = Task.Delay(Timeout.InfiniteTimeSpan, _timeProvider, stopping);
        try
        {
            Task first = await Task.WhenAny(ready, renewing, stopped);
            if (first == ready)
            {
                await ready;
                routes.Set(number, LedgerRole.Leader, new Leadership(pipeline, held, token));
                parts.NodeEvents.Leads(number);
                first = await Task.WhenAny(pipeline.Completion, renewing, stopped);
            }

            if (first == pipeline.Completion)
            {
                await pipeline.Completion;
            }
        }
        catch (JournalFencedException exception)
        {
            held.Lose(exception.Message);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The host stops while memory is rebuilt.
        }
    }

    private async ValueTask EndAsync(LedgerPipeline pipeline, ILedgerJournal journal)
    {
        if (held.Lost is { } reason)
        {
            routes.Clear();
            pipeline.Abandon();
            parts.NodeEvents.LeadershipEnded(number, reason);
        }

        // Still leading while what is queued is finished: the lease is renewed, and given back afterwards.
        await pipeline.DisposeAsync();
        if (held.Lost is null)
        {
            held.Lose("it stopped");
            routes.Clear();
            parts.NodeEvents.LeadershipEnded(number, "it stopped");
        }

        if (journal is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
    }

    /// <summary>Ends when the lease is lost. While the database is away, nobody can take it, and this goes on trying.</summary>
    private async Task RenewUntilLostAsync(CancellationToken over)
    {
        TimeSpan pause = _options.RenewEvery;
        while (held.Lost is null)
        {
            await Task.Delay(pause, _timeProvider, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (over.IsCancellationRequested)
            {
                return;
            }

            try
            {
                (long Sent, DateTimeOffset At) sent = held.Now();
                if (await Patience.LimitAsync(limit => parts.Lease.RenewAsync(number, limit), _options.StatementPatience, _timeProvider, over))
                {
                    held.Renewed(sent);
                    parts.NodeEvents.LeaseReached();
                    pause = _options.RenewEvery;
                }
                else
                {
                    held.Lose("another node took over");
                }
            }
            catch (JournalException exception)
            {
                parts.NodeEvents.LeaseFailed(exception);
                pause = _options.LookEvery;
            }
            catch (OperationCanceledException) when (over.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async ValueTask ReleaseAsync()
    {
        try
        {
            await Patience.LimitAsync(
                async limit =>
                {
                    await parts.Lease.ReleaseAsync(number, limit);
                    return true;
                },
                _options.StatementPatience,
                _timeProvider,
                CancellationToken.None);
        }
        catch (JournalException exception)
        {
            parts.NodeEvents.LeaseFailed(exception);
        }
    }
}
