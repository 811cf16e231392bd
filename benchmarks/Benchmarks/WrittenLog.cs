using Npgsql;

namespace Florin.Benchmarks;

/// <summary>A PostgreSQL as it is after some hours of service.</summary>
internal static class WrittenLog
{
    /// <summary>
    /// Writes through the files of the log that the server keeps: a file that is used again costs nothing, while one that is made holds up every commit for
    /// 50 ms. Then writes dirty pages out, so that what follows does not pay for it.
    /// </summary>
    /// <param name="admin">Of the superuser.</param>
    public static async Task FillAsync(NpgsqlDataSource admin, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand switching = admin.CreateCommand("select pg_switch_wal() from pg_logical_emit_message(false, 'bench', '')");
        await using NpgsqlCommand keeping = admin.CreateCommand(
            "select (select setting::bigint from pg_settings where name = 'min_wal_size') * 1048576 / (select setting::bigint from pg_settings where name = 'wal_segment_size')");
        for (long files = (long)(await keeping.ExecuteScalarAsync(cancellationToken))!; files > 0; files--)
        {
            await switching.ExecuteNonQueryAsync(cancellationToken);
        }

        await CheckpointAsync(admin, cancellationToken);
    }

    /// <summary>Writes dirty pages out, so that one measurement does not pay for the one before.</summary>
    public static async Task CheckpointAsync(NpgsqlDataSource admin, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = admin.CreateCommand("checkpoint");
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
