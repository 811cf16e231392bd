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
        List<LedgerProblem> totals = [];
        await reader.RunAsync((balances, connection) => CompareTotalsAsync(balances, connection, totals, cancellationToken), cancellationToken);
        return new LedgerAuditReport(
            reader.Batches, reader.Balances.Count, reader.Sequence, [.. reader.Problems.Concat(totals).Take(LedgerAuditReport.ProblemsMax)]);
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

        HistoryReader reader = new(owner, progress);
        await reader.RunAsync((_, _) => ValueTask.CompletedTask, cancellationToken);
        if (reader.Problems.Count > 0)
        {
            throw new LedgerUnavailableException(
                $"History itself is damaged (batch {reader.Problems[0].Batch}: {reader.Problems[0].Message}); verify names every finding.");
        }

        await using (NpgsqlCommand clearing = new("truncate ledger.totals; update ledger.checkpoint set batch = 0, sequence = 0", connection))
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

    private static async ValueTask CompareTotalsAsync(
        HistoryBalances balances, NpgsqlConnection connection, List<LedgerProblem> problems, CancellationToken cancellationToken)
    {
        HashSet<long> seen = [];
        await using NpgsqlCommand command = new(
            "select account, debits_pending, debits_posted, credits_pending, credits_posted from ledger.totals order by account", connection);
        await using (NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                long account = reader.GetInt64(0);
                seen.Add(account);
                AccountTotals stored = new(reader.GetUInt128(1), reader.GetUInt128(2), reader.GetUInt128(3), reader.GetUInt128(4));
                AccountTotals expected = account >= 1 && account <= balances.Count ? balances[account] : default;
                if (stored != expected && problems.Count < LedgerAuditReport.ProblemsMax)
                {
                    problems.Add(new LedgerProblem(0, 0, $"the stored totals of account {account} differ from its history; `ledger rebuild` makes them anew"));
                }
            }
        }

        for (long account = 1; account <= balances.Count && problems.Count < LedgerAuditReport.ProblemsMax; account++)
        {
            if (balances[account] != default && !seen.Contains(account))
            {
                problems.Add(new LedgerProblem(0, 0, $"the stored totals of account {account} are missing; `ledger rebuild` makes them anew"));
            }
        }
    }
}
