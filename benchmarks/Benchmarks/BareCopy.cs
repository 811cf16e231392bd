using Npgsql;

namespace Florin.Benchmarks;

/// <summary>The least that PostgreSQL must do for the same rows: one binary COPY into a table of the same columns with only the unique index of ids.</summary>
internal sealed class BareCopy(NpgsqlDataSource owner)
{
    public async Task<double> RunAsync(CancellationToken cancellationToken)
    {
        Report.Progress("bare binary copy of the same rows");
        await using NpgsqlConnection connection = await owner.OpenConnectionAsync(cancellationToken);
        byte[] rows = await ReadAsync(connection, cancellationToken);
        await ExecuteAsync(
            connection,
            "create table public.bare (like ledger.transfers); create unique index on public.bare (transaction_id) where transfer_index = 0",
            cancellationToken);
        long started = TimeProvider.System.GetTimestamp();
        await using (NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken))
        {
            await using (NpgsqlRawCopyStream copy = await connection.BeginRawBinaryCopyAsync("copy public.bare from stdin (format binary)", cancellationToken))
            {
                await copy.WriteAsync(rows, cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
        }

        double seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        await using NpgsqlCommand counting = new("select count(*) from public.bare", connection);
        return (long)(await counting.ExecuteScalarAsync(cancellationToken))! / seconds;
    }

    private static async Task<byte[]> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using MemoryStream rows = new();
        await using NpgsqlRawCopyStream copy = await connection.BeginRawBinaryCopyAsync(
            "copy (select * from ledger.transfers order by sequence) to stdout (format binary)", cancellationToken);
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
