using System.Collections.Immutable;
using Florin.Ledger;
using Florin.Storage.Database;
using Npgsql;

namespace Florin.Storage.Ledger;

/// <summary>Reads committed transfers with their accounts' names.</summary>
internal sealed class PostgresLedgerHistory(IDatabase database) : ILedgerHistory
{
    private const int LimitMax = 1_000;

    private const string Columns =
        """
        select t.sequence, t.transaction_id, t.kind, t.transfer_index, d.address, c.address, d.asset, d.scale, t.amount, t.code, t.related_id,
               x.reference, t.recorded_at
        from ledger.transfers t
        join ledger.accounts d on d.number = t.debit_account
        join ledger.accounts c on c.number = t.credit_account
        left join ledger.details x on x.sequence = t.sequence - t.transfer_index
        """;

    public async ValueTask<ImmutableArray<JournalEntry>> GetTransactionAsync(TransactionId id, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = database.DataSource.CreateCommand(
            Columns + """

            join ledger.transfers f on f.transfer_index = 0 and f.transaction_id = $1
            where t.sequence >= f.sequence and t.sequence < f.sequence + f.transfer_count
            order by t.sequence
            """);
        command.Parameters.Add(new() { Value = id.ToGuid() });
        return await ReadAsync(command, cancellationToken);
    }

    public async ValueTask<ImmutableArray<JournalEntry>> GetEntriesAsync(
        AccountAddress address, ulong beforeSequence, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, LimitMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);

        // Each side walks its own index from the newest; together they hold the newest of both.
        await using NpgsqlCommand command = database.DataSource.CreateCommand(
            Columns + """

            where t.sequence in (
                select side.sequence from ledger.accounts a
                cross join lateral (
                    (select sequence from ledger.transfers where debit_account = a.number and sequence < $2 order by sequence desc limit $3)
                    union
                    (select sequence from ledger.transfers where credit_account = a.number and sequence < $2 order by sequence desc limit $3)
                ) side
                where a.address = $1
                order by 1 desc limit $3)
            order by t.sequence desc
            """);
        command.Parameters.Add(new() { Value = address.Value });
        command.Parameters.Add(new() { Value = (long)Math.Min(beforeSequence, long.MaxValue) });
        command.Parameters.Add(new() { Value = limit });
        return await ReadAsync(command, cancellationToken);
    }

    private static async ValueTask<ImmutableArray<JournalEntry>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        ImmutableArray<JournalEntry>.Builder entries = ImmutableArray.CreateBuilder<JournalEntry>();
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            Asset asset = new(reader.GetString(6), reader.GetInt16(7));
            entries.Add(new JournalEntry(
                (ulong)reader.GetInt64(0),
                TransactionId.FromGuid(reader.GetGuid(1)),
                (TransactionKind)reader.GetInt16(2),
                reader.GetInt16(3),
                AccountId.Of(reader.GetString(4), asset),
                AccountId.Of(reader.GetString(5), asset),
                reader.GetUInt128(8),
                reader.GetInt32(9),
                reader.IsDBNull(10) ? null : TransactionId.FromGuid(reader.GetGuid(10)),
                reader.IsDBNull(11) ? null : reader.GetString(11),
                reader.GetFieldValue<DateTimeOffset>(12)));
        }

        return entries.DrainToImmutable();
    }
}
