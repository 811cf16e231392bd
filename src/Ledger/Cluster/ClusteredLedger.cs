using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Florin.Ledger.Pipeline;

namespace Florin.Ledger.Cluster;

/// <summary>
/// The ledger of a node among others on one journal: leads while it holds the lease, else forwards to the node that does. A call has one answer,
/// wherever it is made and whoever leads meanwhile.
/// </summary>
internal sealed class ClusteredLedger : ILedgerHost, ILedgerNode
{
    private readonly Routes _routes = new();
    private readonly LedgerCalls _calls;
    private readonly NodeLoop _loop;
    private readonly CancellationTokenSource _stopping = new();
    private Task? _completion;
    private int _isDisposed;

    public ClusteredLedger(LedgerNodeParts parts)
    {
        parts.NodeOptions.Check();
        _calls = new LedgerCalls(_routes, parts.NodeOptions, parts.TimeProvider);
        _loop = new NodeLoop(parts, _routes);
    }

    public Task Completion => _completion ?? throw new InvalidOperationException("The ledger was not started.");

    public LedgerRole Role => _routes.Current?.Role ?? LedgerRole.Waiting;

    public long Term => _routes.Current?.Term ?? 0;

    /// <summary>Joins the others. Returns when this node leads or knows who does.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Invariant.Assert(_completion is null);
        _completion = Task.Run(() => _loop.RunAsync(_stopping.Token), CancellationToken.None);
        Task first = await Task.WhenAny(_routes.WaitAsync(-1, cancellationToken).AsTask(), _completion);
        await first;
    }

    public ILeaderLedger Leading(string token) =>
        _routes.Current is { Ledger: Leadership leadership } && IsSame(leadership.Token, token)
            ? leadership
            : throw new NotLeaderException("This node does not lead the ledger in that term.");

    public ValueTask<SubmissionResult> SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        SubmissionShape.Check(submission);
        return _calls.CallAsync(submission, RepeatOf(submission), static (ledger, request, token) => ledger.SubmitAsync(request, token), cancellationToken);
    }

    public ValueTask<IReadOnlyList<TransactionResult>> SubmitManyAsync(IReadOnlyList<Transaction> transactions, CancellationToken cancellationToken)
    {
        SubmissionShape.Check(transactions);
        return _calls.CallAsync(
            transactions, Repeat.InLaterTerm, static (ledger, request, token) => ledger.SubmitManyAsync(request, token), cancellationToken);
    }

    public ValueTask<RecentEntries> GetRecentEntriesAsync(AccountId account, ulong beforeSequence, int limit, CancellationToken cancellationToken) =>
        _calls.CallAsync(
            (account, beforeSequence, limit),
            Repeat.Always,
            static (ledger, request, token) => ledger.GetRecentEntriesAsync(request.account, request.beforeSequence, request.limit, token),
            cancellationToken);

    public ValueTask<ImmutableArray<ulong>> LocateAsync(TransactionId id, CancellationToken cancellationToken) =>
        _calls.CallAsync(id, Repeat.Always, static (ledger, request, token) => ledger.LocateAsync(request, token), cancellationToken);

    public ValueTask<AccountBalance?> GetBalanceAsync(AccountId account, CancellationToken cancellationToken) =>
        _calls.CallAsync(account, Repeat.Always, static (ledger, request, token) => ledger.GetBalanceAsync(request, token), cancellationToken);

    public ValueTask<ImmutableArray<AccountBalance>> GetBalancesAsync(string addressPrefix, CancellationToken cancellationToken) =>
        _calls.CallAsync(addressPrefix, Repeat.Always, static (ledger, request, token) => ledger.GetBalancesAsync(request, token), cancellationToken);

    public ValueTask<byte[]> GetStateHashAsync(CancellationToken cancellationToken) =>
        _calls.CallAsync(0, Repeat.Always, static (ledger, _, token) => ledger.GetStateHashAsync(token), cancellationToken);

    /// <summary>Finishes what is queued when this node leads, gives the lease back, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync();
        if (_completion is not null)
        {
            await Task.WhenAny(_completion);
        }

        await _loop.DisposeAsync();
        _routes.Dispose();
        _stopping.Dispose();
    }

    /// <summary>
    /// Transactions make a submission idempotent: applied twice, it finds its ids. A participant or a limit without transactions would be
    /// written again, and only its own module knows what that means.
    /// </summary>
    private static Repeat RepeatOf(Submission submission) =>
        submission.Transactions.Length > 0 || (submission.Participant is null && submission.Limits.IsDefaultOrEmpty) ? Repeat.InLaterTerm : Repeat.Never;

    private static bool IsSame(string expected, string given) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(given));
}
