using System.Collections.Immutable;
using System.Threading.Channels;
using Florin.Ledger.Journal;
using Florin.Ledger.StateMachine;

namespace Florin.Ledger.Pipeline;

/// <summary>The ledger as its callers see it: a bounded queue before the one writer, and the life of both.</summary>
internal sealed class LedgerPipeline : ILedgerHost
{
    private readonly LedgerOptions _options;
    private readonly Channel<WorkItem> _queue;
    private readonly CancellationTokenSource _stopping;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly BatchWriter _writer;
    private Task? _completion;

    public LedgerPipeline(ILedgerJournal journal, TimeProvider timeProvider, LedgerOptions options, ILedgerEvents events)
    {
        options.Check();
        _options = options;
        _stopping = new CancellationTokenSource(Timeout.InfiniteTimeSpan, timeProvider);
        _queue = Channel.CreateBounded<WorkItem>(new BoundedChannelOptions(options.QueueMax)
        {
            FullMode = BoundedChannelFullMode.Wait,
            SingleReader = true,
        });
        _writer = new BatchWriter(journal, timeProvider, options, events, _queue.Reader, _stopping.Token);
    }

    /// <inheritdoc/>
    public Task Completion => _completion ?? throw new InvalidOperationException("The ledger was not started.");

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Invariant.Assert(_completion is null);

        // On the scheduler of the caller, so that a simulation can order every step.
        _completion = Task.Factory.StartNew(RunAsync, CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Current).Unwrap();
        Task first = await Task.WhenAny(ReadyAsync(), _completion).WaitAsync(cancellationToken);
        await first;
    }

    private async Task ReadyAsync() => await _ready.Task;

    public async ValueTask<SubmissionResult> SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        SubmissionShape.Check(submission);
        return await AskAsync(new SubmitItem(submission), cancellationToken);
    }

    public async ValueTask<IReadOnlyList<TransactionResult>> SubmitManyAsync(
        IReadOnlyList<Transaction> transactions, CancellationToken cancellationToken)
    {
        SubmissionShape.Check(transactions);
        return await AskAsync(new BulkItem(transactions), cancellationToken);
    }

    public ValueTask<AccountBalance?> GetBalanceAsync(AccountId account, CancellationToken cancellationToken) =>
        ReadAsync<AccountBalance?>(
            state => state.TryGetAccount(account, out AccountState? found) ? found.ToBalance(state.Sequence) : null, cancellationToken);

    public ValueTask<ImmutableArray<AccountBalance>> GetBalancesAsync(string addressPrefix, CancellationToken cancellationToken) =>
        ReadAsync<ImmutableArray<AccountBalance>>(
            state =>
            [
                .. state.Accounts
                    .Where(account => account.Row.Id.Address.Value.StartsWith(addressPrefix, StringComparison.Ordinal))
                    .OrderBy(account => account.Row.Id.Address.Value, StringComparer.Ordinal)
                    .ThenBy(account => account.Row.Id.Asset.Code, StringComparer.Ordinal)
                    .Select(account => account.ToBalance(state.Sequence)),
            ],
            cancellationToken);

    public ValueTask<RecentEntries> GetRecentEntriesAsync(AccountId account, ulong beforeSequence, int limit, CancellationToken cancellationToken) =>
        ReadAsync(state => state.EntriesOf(account, beforeSequence, limit), cancellationToken);

    public ValueTask<ImmutableArray<ulong>> LocateAsync(TransactionId id, CancellationToken cancellationToken) =>
        ReadAsync(state => state.Locate(id), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<byte[]> GetStateHashAsync(CancellationToken cancellationToken) => ReadAsync(state => state.Hash(), cancellationToken);

    /// <summary>Ends at once without finishing anything: another node leads. What was under way may still become durable until that node has the journal.</summary>
    public void Abandon()
    {
        _queue.Writer.TryComplete();
        _stopping.Cancel();
    }

    /// <summary>Stops taking work, finishes what is queued, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        if (_completion is { IsCompleted: false })
        {
            // A writer that cannot reach its journal would wait for ever.
            _stopping.CancelAfter(_options.StopPatience);
            await Task.WhenAny(_completion);
        }

        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await _writer.RunAsync(_ready);
        }
        finally
        {
            _queue.Writer.TryComplete();
            _writer.AbandonAll();
        }
    }

    private ValueTask<T> ReadAsync<T>(Func<LedgerState, T> read, CancellationToken cancellationToken) =>
        AskAsync(new ReadItem<T>(read), cancellationToken);

    private async ValueTask<T> AskAsync<T>(WorkItem<T> item, CancellationToken cancellationToken)
    {
        try
        {
            if (!_queue.Writer.TryWrite(item))
            {
                await _queue.Writer.WriteAsync(item, cancellationToken);
            }
        }
        catch (ChannelClosedException exception)
        {
            throw new LedgerUnavailableException("The ledger is stopping.", exception);
        }

        return await item.Task.WaitAsync(cancellationToken);
    }
}
