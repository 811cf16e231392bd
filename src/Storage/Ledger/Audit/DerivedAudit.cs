using System.Globalization;
using Florin.Ledger;
using Npgsql;

namespace Florin.Storage.Ledger.Audit;

/// <summary>Compares what history alone could make anew with history: the checkpoint with its totals, and the list of partitions with the tables.</summary>
internal sealed class DerivedAudit
{
    private const string Mend = "`ledger rebuild` makes them anew";

    private readonly List<LedgerProblem> _problems = [];
    private readonly Dictionary<long, AccountTotals?> _totals = [];
    private (long Batch, long Sequence)? _checkpoint;
    private bool _isPassed;

    public IReadOnlyList<LedgerProblem> Problems => _problems;

    /// <summary>Reads all of it in the audit's snapshot.</summary>
    public async ValueTask ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using (NpgsqlCommand command = new("select batch, sequence from ledger.checkpoint", connection))
        await using (NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            _checkpoint = await reader.ReadAsync(cancellationToken) ? (reader.GetInt64(0), reader.GetInt64(1)) : null;
        }

        // As text: what was changed by hand need not be a whole number.
        await using (NpgsqlCommand command = new(
            "select account, debits_pending::text, debits_posted::text, credits_pending::text, credits_posted::text from ledger.totals", connection))
        await using (NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                _totals[reader.GetInt64(0)] = Totals(reader);
            }
        }

        await ReadPartitionsAsync(connection, cancellationToken);
    }

    /// <summary>History stands at the end of a batch.</summary>
    public void At(long batch, long sequence, HistoryBalances balances)
    {
        if (_checkpoint is { } checkpoint && checkpoint.Batch == batch && !_isPassed)
        {
            _isPassed = true;
            if (checkpoint.Sequence == sequence)
            {
                CompareTotals(balances);
            }
            else
            {
                Note($"the row of ledger.checkpoint was changed: batch {batch} ends at sequence {sequence}, not at {checkpoint.Sequence}");
            }
        }
    }

    /// <summary>History has ended, and nothing in it was found wrong.</summary>
    public void End()
    {
        if (_checkpoint is null)
        {
            Note($"the row of ledger.checkpoint is missing; {Mend}");
        }
        else if (!_isPassed)
        {
            Note($"the row of ledger.checkpoint was changed: there is no batch {_checkpoint.Value.Batch}");
        }
    }

    private static AccountTotals? Totals(NpgsqlDataReader reader)
    {
        UInt128[] numbers = new UInt128[4];
        for (int index = 0; index < numbers.Length; index++)
        {
            if (!UInt128.TryParse(reader.GetString(index + 1), NumberStyles.None, CultureInfo.InvariantCulture, out numbers[index]))
            {
                return null;
            }
        }

        return new AccountTotals(numbers[0], numbers[1], numbers[2], numbers[3]);
    }

    private void CompareTotals(HistoryBalances balances)
    {
        foreach ((long account, AccountTotals? stored) in _totals.OrderBy(entry => entry.Key))
        {
            bool isOpen = account >= 1 && account <= balances.Count;
            if (!isOpen || stored != balances[account])
            {
                Note($"the row of ledger.totals with account {account} differs from history; {Mend}");
            }
        }

        for (long account = 1; account <= balances.Count; account++)
        {
            if (balances[account] != default && !_totals.ContainsKey(account))
            {
                Note($"the row of ledger.totals with account {account} is missing; {Mend}");
            }
        }
    }

    private async ValueTask ReadPartitionsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(
            """
            with leaf as (
                select c.relname, pg_get_expr(c.relpartbound, c.oid) as bounds, exists (
                    select from pg_class i join pg_index x on x.indexrelid = i.oid
                    where x.indrelid = c.oid and i.relname = c.relname || '_credit' and x.indisvalid) as is_indexed
                from pg_inherits h join pg_class c on c.oid = h.inhrelid
                where h.inhparent = 'ledger.transfers'::regclass)
            select coalesce(p.partition, substr(l.relname, 12)::bigint),
                   case when p.partition is null then 'is missing'
                        when l.relname is null then 'was never written'
                        when l.bounds <> format('FOR VALUES FROM (''%s'') TO (''%s'')', p.first_sequence, p.end_sequence) or l.is_indexed <> p.is_indexed
                            then 'was changed'
                   end,
                   p.end_sequence::numeric - p.first_sequence <> (select partition_transfers from ledger.layout)
            from ledger.partitions p
            full join leaf l on l.relname = ledger.partition_name(p.partition)
            order by 1
            """,
            connection);
        bool isOtherLayout = false;
        await using (NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                if (!reader.IsDBNull(1))
                {
                    Note($"the row of ledger.partitions with partition {reader.GetInt64(0)} {reader.GetString(1)}");
                }

                isOtherLayout |= reader.IsDBNull(1) && !reader.IsDBNull(2) && reader.GetBoolean(2);
            }
        }

        await using NpgsqlCommand counting = new("select count(*) from ledger.layout", connection);
        if (await counting.ExecuteScalarAsync(cancellationToken) is not 1L)
        {
            Note("the row of ledger.layout is missing");
        }
        else if (isOtherLayout)
        {
            Note("the row of ledger.layout was changed: the partitions have another size");
        }
    }

    private void Note(string message)
    {
        if (_problems.Count < LedgerAuditReport.ProblemsMax)
        {
            _problems.Add(new LedgerProblem(0, 0, message));
        }
    }
}
