using System.Runtime.CompilerServices;
using Florin.Ledger;
using Florin.Ledger.Journal;
using Npgsql;

namespace Florin.Storage.Ledger;

/// <summary>Reads whole transactions from the journal's tables.</summary>
internal static class StoredTransactionReader
{
    private const string Columns =
        "t.sequence, t.transaction_id, t.kind, t.transfer_index, t.transfer_count, t.debit_account, t.credit_account, t.amount, t.code, "
        + "t.related_id, t.related_index, t.recorded_at, t.released, t.expires_at, t.balances, d.effective_date, d.asked_date, d.reference, d.metadata, d.terms";

    /// <summary>All transfers of each transaction after a sequence, in order. Streams, because a tail may be long.</summary>
    public static async IAsyncEnumerable<StoredTransaction> ReadAfterAsync(
        NpgsqlConnection connection, long sequence, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string query = $"select {Columns} from ledger.transfers t left join ledger.details d on d.sequence = t.sequence where t.sequence > {sequence} order by t.sequence";
        await using CopyStream rows = await CopyStream.OpenAsync(connection, query, cancellationToken);
        List<TransferRow> transfers = [];
        DetailRow? detail = null;
        while (rows.HasRow)
        {
            TransferRow row = StoredRow.Transfer(rows);
            detail = row.Index == 0 ? StoredRow.Detail(rows, row) : detail;
            transfers.Add(row);
            if (row.Index == row.Count - 1)
            {
                yield return new StoredTransaction(transfers, detail, rows.Timestamp(11));
                transfers = [];
            }

            await rows.AdvanceAsync(cancellationToken);
        }

        Invariant.Assert(transfers.Count == 0);
    }

    /// <summary>Pending transactions at or before a sequence that have not ended there, as they stand there.</summary>
    public static async ValueTask<IReadOnlyList<StoredTransaction>> ReadOpenPendingAsync(
        NpgsqlConnection connection, long sequence, CancellationToken cancellationToken)
    {
        // What was posted and released in parts down to nothing has no row that says so; its effects tell.
        await using NpgsqlCommand command = new(
            """
            select t.transaction_id, t.sequence from ledger.transfers t
            where t.kind = 2 and t.transfer_index = 0 and t.sequence <= $1
              and not exists (select from ledger.transfers e where e.related_id = t.transaction_id and e.kind in (3, 4, 6) and e.sequence <= $1)
            order by t.sequence
            """,
            connection)
        {
            Parameters = { new() { Value = sequence } },
            CommandTimeout = 0,
        };
        List<TransactionPosition> positions = [];
        await using (NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                positions.Add(new TransactionPosition(TransactionId.FromGuid(reader.GetGuid(0)), reader.GetInt64(1)));
            }
        }

        IReadOnlyList<StoredTransaction> found = await ReadAsync(connection, positions, sequence, cancellationToken);
        return [.. found.Where(pending => pending.ResolvedBy is null)];
    }

    /// <summary>Transactions where they stand, with what later ones did to them.</summary>
    public static ValueTask<IReadOnlyList<StoredTransaction>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyCollection<TransactionPosition> positions, CancellationToken cancellationToken) =>
        ReadAsync(connection, positions, long.MaxValue, cancellationToken);

    private static async ValueTask<IReadOnlyList<StoredTransaction>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyCollection<TransactionPosition> positions, long upTo, CancellationToken cancellationToken)
    {
        if (positions.Count == 0)
        {
            return [];
        }

        List<StoredTransaction> transactions = [];
        await using (NpgsqlCommand command = new(
            $"""
            select {Columns}
            from unnest($1, $2) as p(sequence, id)
            join lateral (select f.transfer_count from ledger.transfers f where f.sequence = p.sequence and f.transaction_id = p.id) f on true
            join lateral (select * from ledger.transfers t where t.sequence >= p.sequence and t.sequence < p.sequence + f.transfer_count) t on true
            left join ledger.details d on d.sequence = t.sequence
            order by t.sequence
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = positions.Select(position => position.Sequence).ToArray() },
                new() { Value = positions.Select(position => position.Id.ToGuid()).ToArray() },
            },
            CommandTimeout = 0,
        })
        {
            await ReadTransactionsAsync(command, transactions, cancellationToken);
        }

        ILookup<TransactionId, LaterEffect> later = await ReadEffectsAsync(
            connection, [.. transactions.Select(transaction => transaction.Transfers[0].TransactionId.ToGuid())], upTo, cancellationToken);
        return [.. transactions.Select(transaction => transaction.With(later[transaction.Transfers[0].TransactionId]))];
    }

    private static async ValueTask<ILookup<TransactionId, LaterEffect>> ReadEffectsAsync(
        NpgsqlConnection connection, Guid[] ids, long upTo, CancellationToken cancellationToken)
    {
        List<(TransactionId Related, LaterEffect Effect)> effects = [];
        await using NpgsqlCommand command = new(
            """
            select related_id, kind, related_index, amount, expires_at from ledger.transfers
            where related_id = any($1) and sequence <= $2 order by sequence
            """,
            connection)
        {
            Parameters = { new() { Value = ids }, new() { Value = upTo } },
            CommandTimeout = 0,
        };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            DateTimeOffset? expiresAt = reader.IsDBNull(4) ? null : reader.GetFieldValue<DateTimeOffset>(4);
            effects.Add((
                TransactionId.FromGuid(reader.GetGuid(0)),
                new LaterEffect((TransactionKind)reader.GetInt16(1), reader.GetInt16(2), reader.GetUInt128(3), expiresAt)));
        }

        return effects.ToLookup(entry => entry.Related, entry => entry.Effect);
    }

    private static async ValueTask ReadTransactionsAsync(
        NpgsqlCommand command, List<StoredTransaction> transactions, CancellationToken cancellationToken)
    {
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        List<TransferRow> transfers = [];
        DetailRow? detail = null;
        while (await reader.ReadAsync(cancellationToken))
        {
            TransferRow row = StoredRow.Transfer(reader);
            detail = row.Index == 0 ? StoredRow.Detail(reader, row) : detail;
            transfers.Add(row);
            if (row.Index == row.Count - 1)
            {
                transactions.Add(new StoredTransaction(transfers, detail, reader.GetFieldValue<DateTimeOffset>(11)));
                transfers = [];
            }
        }

        Invariant.Assert(transfers.Count == 0);
    }
}
