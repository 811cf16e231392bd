using System.Collections.Concurrent;
using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;
using Florin.Storage.Flows;
using Florin.Storage.Ledger;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Florin.Tests.Flows;

/// <summary>
/// Stands in for the ledger: knows which transactions were applied, and writes the participant as the journal does, in a database transaction that
/// either stands with the posting or not at all.
/// </summary>
internal sealed class ParticipantLedger(NpgsqlDataSource dataSource) : ILedger, IDisposable
{
    private static readonly FlowChangeWriter Writer = new();
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly HashSet<TransactionId> applied = [];

    /// <summary>Every posting that stands, in order: the judge's list.</summary>
    public ConcurrentQueue<TransactionId> Postings { get; } = new();

    /// <summary>What the ledger says to a transaction instead of applying it.</summary>
    public Func<Transaction, TransactionStatus?> Refuse { get; set; } = _ => null;

    /// <summary>Throws before anything is applied, so often.</summary>
    public int UnavailableTimes { get; set; }

    /// <summary>Applies, and then loses the answer, so often.</summary>
    public int LostAnswers { get; set; }

    public async ValueTask<SubmissionResult> SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (UnavailableTimes > 0)
            {
                UnavailableTimes--;
                throw new LedgerUnavailableException("no journal");
            }

            SubmissionResult result = await ApplyAsync(submission);
            if (LostAnswers > 0)
            {
                LostAnswers--;
                throw new LedgerUnavailableException("the answer was lost");
            }

            return result;
        }
        finally
        {
            gate.Release();
        }
    }

    public ValueTask<IReadOnlyList<TransactionResult>> SubmitManyAsync(IReadOnlyList<Transaction> transactions, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<RecentEntries> GetRecentEntriesAsync(AccountId account, ulong beforeSequence, int limit, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<ImmutableArray<ulong>> LocateAsync(TransactionId id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<AccountBalance?> GetBalanceAsync(AccountId account, CancellationToken cancellationToken) =>
        throw new NotSupportedException("These tests count postings.");

    public ValueTask<ImmutableArray<AccountBalance>> GetBalancesAsync(string addressPrefix, CancellationToken cancellationToken) =>
        throw new NotSupportedException("These tests count postings.");

    public void Dispose() => gate.Dispose();

    private async ValueTask<SubmissionResult> ApplyAsync(Submission submission)
    {
        foreach (Transaction transaction in submission.Transactions)
        {
            if (Refuse(transaction) is { } status)
            {
                return Result(status);
            }
        }

        Transaction[] fresh = [.. submission.Transactions.Where(transaction => !applied.Contains(transaction.Id))];
        if (fresh.Length == 0 && !submission.Transactions.IsEmpty)
        {
            return Result(TransactionStatus.Exists);
        }

        await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync();
        await using NpgsqlTransaction journal = await connection.BeginTransactionAsync();
        ICommitParticipant[] participants = submission.Participant is null ? [] : [submission.Participant];
        IReadOnlyList<int> conflicts = await new ParticipantGroup(Writer, participants, NullLogger.Instance)
            .WriteAsync(connection, journal, CancellationToken.None);
        if (conflicts.Count != 0)
        {
            await journal.RollbackAsync();
            return Result(TransactionStatus.ParticipantConflict);
        }

        // Noted before the commit shows the flow to others: who sees its state must see its posting.
        foreach (Transaction transaction in fresh)
        {
            applied.Add(transaction.Id);
            Postings.Enqueue(transaction.Id);
        }

        await journal.CommitAsync();
        return Result(TransactionStatus.Created);
    }

    private static SubmissionResult Result(TransactionStatus status) => new(status, []);
}
