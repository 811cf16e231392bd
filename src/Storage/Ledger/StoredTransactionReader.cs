using Florin.Ledger;
using Florin.Ledger.Journal;
using Npgsql;

namespace Florin.Storage.Ledger;

/// <summary>Reads whole transactions from the journal's tables.</summary>
internal static class StoredTransactionReader
{
    private const string TransferColumns =
        "t.sequence, t.transaction_id, t.kind, t.transfer_index, t.transfer_count, t.debit_account, t.credit_account, t.amount, t.code, "
        + "t.related_id, t.related_index, t.recorded_at, d.effective_date, d.reference, d.metadata";

    /// <summary>All transfers of each transaction in a range of sequences, in order. Streams, because a tail may be long.</summary>
    public static async IAsyncEnumerable<StoredTransaction> ReadAfterAsync(
        NpgsqlConnection connection,
        long sequence,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(
            $"select {TransferColumns} from ledger.transfers t left join ledger.details d on d.sequence = t.sequence where t.sequence > $1 order by t.sequence",
            connection)
        {
            Parameters = { new() { Value = sequence } },
            CommandTimeout = 0,
        };
        await foreach (StoredTransaction transaction in ReadAsync(command, cancellationToken))
        {
            yield return transaction;
        }
    }

    /// <summary>Pending transactions at or before a sequence that nothing has ended at or before it.</summary>
    public static async ValueTask<List<StoredTransaction>> ReadOpenPendingAsync(
        NpgsqlConnection connection, long sequence, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(
            $"""
            select {TransferColumns} from ledger.transfers t left join ledger.details d on d.sequence = t.sequence
            where t.kind = 2 and t.sequence <= $1
              and not exists (select from ledger.transfers e where e.related_id = t.transaction_id and e.kind in (3, 4) and e.sequence <= $1)
            order by t.sequence
            """,
            connection)
        {
            Parameters = { new() { Value = sequence } },
            CommandTimeout = 0,
        };
        return await ReadAsync(command, cancellationToken).ToListAsync(cancellationToken);
    }

    /// <summary>Transactions by id, with what later ones did to them.</summary>
    public static async ValueTask<IReadOnlyList<StoredTransaction>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyCollection<TransactionId> ids, CancellationToken cancellationToken)
    {
        Guid[] keys = [.. ids.Select(id => id.ToGuid())];
        List<StoredTransaction> transactions;
        await using (NpgsqlCommand command = new(
            $"""
            select {TransferColumns}
            from ledger.transfers f
            join ledger.transfers t on t.sequence >= f.sequence and t.sequence < f.sequence + f.transfer_count
            left join ledger.details d on d.sequence = t.sequence
            where f.transfer_index = 0 and f.transaction_id = any($1)
            order by t.sequence
            """,
            connection) { Parameters = { new() { Value = keys } } })
        {
            transactions = await ReadAsync(command, cancellationToken).ToListAsync(cancellationToken);
        }

        Dictionary<TransactionId, List<(TransactionKind Kind, int Index, UInt128 Amount)>> later = await ReadEffectsAsync(connection, keys, cancellationToken);
        return [.. transactions.Select(transaction => WithEffects(transaction, later.GetValueOrDefault(transaction.Transfers[0].TransactionId)))];
    }

    private static StoredTransaction WithEffects(StoredTransaction transaction, List<(TransactionKind Kind, int Index, UInt128 Amount)>? effects)
    {
        if (effects is null)
        {
            return transaction;
        }

        UInt128[] reversed = new UInt128[transaction.Transfers.Count];
        TransactionKind? resolvedBy = null;
        foreach ((TransactionKind kind, int index, UInt128 amount) in effects)
        {
            if (kind == TransactionKind.Reverse)
            {
                reversed[index] += amount;
            }
            else
            {
                resolvedBy = kind;
            }
        }

        return transaction with { ResolvedBy = resolvedBy, Reversed = resolvedBy is null ? reversed : [] };
    }

    private static async ValueTask<Dictionary<TransactionId, List<(TransactionKind, int, UInt128)>>> ReadEffectsAsync(
        NpgsqlConnection connection, Guid[] keys, CancellationToken cancellationToken)
    {
        Dictionary<TransactionId, List<(TransactionKind, int, UInt128)>> effects = [];
        await using NpgsqlCommand command = new(
            "select related_id, kind, related_index, sum(amount) from ledger.transfers where related_id = any($1) group by 1, 2, 3", connection)
        {
            Parameters = { new() { Value = keys } },
        };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            TransactionId related = TransactionId.FromGuid(reader.GetGuid(0));
            if (!effects.TryGetValue(related, out List<(TransactionKind, int, UInt128)>? list))
            {
                effects.Add(related, list = []);
            }

            list.Add(((TransactionKind)reader.GetInt16(1), reader.GetInt16(2), reader.GetUInt128(3)));
        }

        return effects;
    }

    private static async IAsyncEnumerable<StoredTransaction> ReadAsync(
        NpgsqlCommand command, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        List<TransferRow> transfers = [];
        DetailRow? detail = null;
        while (await reader.ReadAsync(cancellationToken))
        {
            TransferRow row = ReadTransfer(reader);
            detail = row.Index == 0 ? ReadDetail(reader, row) : detail;
            transfers.Add(row);
            if (row.Index == row.Count - 1)
            {
                yield return new StoredTransaction(transfers, detail, reader.GetFieldValue<DateTimeOffset>(11));
                transfers = [];
            }
        }

        Invariant.Assert(transfers.Count == 0);
    }

    private static TransferRow ReadTransfer(NpgsqlDataReader reader) => new(
        reader.GetInt64(0),
        TransactionId.FromGuid(reader.GetGuid(1)),
        (TransactionKind)reader.GetInt16(2),
        reader.GetInt16(3),
        reader.GetInt16(4),
        reader.GetInt64(5),
        reader.GetInt64(6),
        reader.GetUInt128(7),
        reader.GetInt32(8),
        reader.IsDBNull(9) ? null : TransactionId.FromGuid(reader.GetGuid(9)),
        reader.IsDBNull(10) ? (short)-1 : reader.GetInt16(10));

    private static DetailRow? ReadDetail(NpgsqlDataReader reader, TransferRow row)
    {
        DateOnly? date = reader.IsDBNull(12) ? null : reader.GetFieldValue<DateOnly>(12);
        string? reference = reader.IsDBNull(13) ? null : reader.GetString(13);
        string? metadata = reader.IsDBNull(14) ? null : reader.GetString(14);
        return date is null && reference is null && metadata is null
            ? null
            : new DetailRow(row.Sequence, row.TransactionId, date, reference, metadata);
    }
}
