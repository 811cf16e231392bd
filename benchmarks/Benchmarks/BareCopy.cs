using Npgsql;

namespace Florin.Benchmarks;

/// <summary>
/// The least that PostgreSQL must do for the same rows: binary COPY, a batch in a database transaction, into a table of the same columns with
/// only the unique index of ids.
/// </summary>
internal sealed class BareCopy(NpgsqlDataSource owner)
{
    public async Task<double> RunAsync(int batchSize, CancellationToken cancellationToken)
    {
        Report.Progress("bare binary copy of the same rows");
        await using NpgsqlConnection connection = await owner.OpenConnectionAsync(cancellationToken);
        await ExecuteAsync(
            connection,
            "create table public.bare (like ledger.transfers); create unique index on public.bare (transaction_id) where transfer_index = 0",
            cancellationToken);
        long count = await CountAsync(connection, "ledger.transfers", cancellationToken);
        TimeSpan took = default;
        for (long first = 1; first <= count; first += batchSize)
        {
            byte[] rows = await ReadAsync(connection, first, batchSize, cancellationToken);
            long started = TimeProvider.System.GetTimestamp();
            await using (NpgsqlRawCopyStream copy = await connection.BeginRawBinaryCopyAsync("copy public.bare from stdin (format binary)", cancellationToken))
            {
                await copy.WriteAsync(rows, cancellationToken);
            }

            took += TimeProvider.System.GetElapsedTime(started);
        }

        return await CountAsync(connection, "public.bare", cancellationToken) / took.TotalSeconds;
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand counting = new($"select count(*) from {table}", connection);
        return (long)(await counting.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<byte[]> ReadAsync(NpgsqlConnection connection, long first, int count, CancellationToken cancellationToken)
    {
        using MemoryStream rows = new();
        await using NpgsqlRawCopyStream copy = await connection.BeginRawBinaryCopyAsync(
            $"copy (select * from ledger.transfers where sequence >= {first} and sequence < {first + count}) to stdout (format binary)", cancellationToken);
        await copy.CopyToAsync(rows, cancellationToken);
        return rows.ToArray();
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statements, CancellationToken cancellationToken)
    {
        foreach (string statement in statements.Split("; "))
        {
            await using NpgsqlCommand command = new(statement, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
