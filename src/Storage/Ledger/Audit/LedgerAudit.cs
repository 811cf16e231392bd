using Florin.Ledger;
using Florin.Ledger.Journal;
using Npgsql;

namespace Florin.Storage.Ledger.Audit;

/// <summary>Verification and rebuilding of the ledger from its tables alone. Uses the owner's rights: rebuilding replaces derived rows.</summary>
internal sealed class LedgerAudit(NpgsqlDataSource owner) : ILedgerAudit
{
    public async ValueTask<LedgerAuditReport> VerifyAsync(IProgress<LedgerAuditProgress> progress, CancellationToken cancellationToken)
    {
        HistoryReader reader = new(owner, progress);
        DerivedAudit derived = new();
        await reader.RunAsync(
            connection => derived.ReadAsync(connection, cancellationToken),
            (batch, sequence) =>
            {
                derived.At(batch, sequence, reader.Balances);
                return ValueTask.CompletedTask;
            },
            cancellationToken);
        if (reader.Problems.Count == 0)
        {
            derived.End();
        }

        return new LedgerAuditReport(
            reader.Batches, reader.Balances.Count, reader.Sequence, [.. reader.Problems.Concat(derived.Problems).Take(LedgerAuditReport.ProblemsMax)]);
    }

    public async ValueTask<long> RebuildAsync(IProgress<LedgerAuditProgress> progress, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await owner.OpenConnectionAsync(cancellationToken);
        await using NpgsqlCommand locking = new("select pg_try_advisory_lock($1)", connection)
        {
            Parameters = { new() { Value = PostgresLedgerJournal.WriterLock } },
        };
        if (await locking.ExecuteScalarAsync(cancellationToken) is not true)
        {
            throw new LedgerUnavailableException("A server holds the ledger; stop it before rebuilding.");
        }

        try
        {
            return await RebuildLockedAsync(connection, progress, cancellationToken);
        }
        finally
        {
            // The session goes back to a pool, and would keep the lock there.
            await using NpgsqlCommand unlocking = new("select pg_advisory_unlock($1)", connection)
            {
                Parameters = { new() { Value = PostgresLedgerJournal.WriterLock } },
            };
            await unlocking.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    private async ValueTask<long> RebuildLockedAsync(
        NpgsqlConnection connection, IProgress<LedgerAuditProgress> progress, CancellationToken cancellationToken)
    {
        HistoryReader reader = new(owner, progress);
        await reader.RunAsync(_ => ValueTask.CompletedTask, (_, _) => ValueTask.CompletedTask, cancellationToken);
        if (reader.Problems.Count > 0)
        {
            throw new LedgerUnavailableException(
                $"History itself is damaged (batch {reader.Problems[0].Batch}: {reader.Problems[0].Message}); verify names every finding.");
        }

        await using (NpgsqlCommand clearing = new(
            "truncate ledger.totals; insert into ledger.checkpoint values (true, 0, 0) on conflict (singleton) do update set batch = 0, sequence = 0",
            connection))
        {
            // Losing the totals between these two steps costs a longer recovery, nothing else: a checkpoint of zero replays all of history.
            await clearing.ExecuteNonQueryAsync(cancellationToken);
        }

        JournalCheckpoint checkpoint = new(
            reader.Batches,
            reader.Sequence,
            [.. Enumerable.Range(1, reader.Balances.Count).Select(number => ((long)number, reader.Balances[number]))]);
        await CheckpointStore.WriteAsync(connection, checkpoint, cancellationToken);
        return reader.Balances.Count;
    }
}
