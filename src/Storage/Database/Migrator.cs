using System.Text.RegularExpressions;
using Npgsql;
using NpgsqlTypes;

namespace Florin.Storage.Database;

/// <summary>Brings a database forward to this program's schema. There is no way back.</summary>
/// <remarks>
/// Each file is one transaction, which holds the advisory lock: several servers that start at once apply each file once, also
/// through a connection pooler. A kill leaves whole files.
/// </remarks>
internal sealed partial class Migrator(NpgsqlDataSource owner, bool hasAppRole, TimeProvider timeProvider, Action<string> progress)
{
    // Any number that no other user of the database takes; this one reads "florin" in ASCII.
    private const long LockKey = 0x666C6F72696E;

    /// <returns>How many files were applied.</returns>
    /// <exception cref="DataIsNewerException">The database has a file that this program does not know.</exception>
    /// <exception cref="MigrationRefusedException">An applied file has changed, or a file failed.</exception>
    public Task<int> MigrateAsync(IEnumerable<MigrationSet> sets, CancellationToken cancellationToken) =>
        MigrateAsync(sets.OrderBy(set => set.Order).SelectMany(Migration.Load).ToList(), cancellationToken);

    internal async Task<int> MigrateAsync(IReadOnlyList<Migration> known, CancellationToken cancellationToken)
    {
        await using var connection = await owner.OpenConnectionAsync(cancellationToken);
        var count = 0;
        foreach (var migration in await PendingAsync(connection, known, cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await LockAsync(connection, cancellationToken);
            var applied = await AppliedAsync(connection, cancellationToken);
            if (applied.ContainsKey((migration.Module, migration.Number)))
            {
                // Another server was faster.
                continue;
            }

            progress($"migration {migration}");
            await ApplyAsync(connection, migration, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            count++;
        }

        return count;
    }

    private static async Task<List<Migration>> PendingAsync(
        NpgsqlConnection connection, IReadOnlyList<Migration> known, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await LockAsync(connection, cancellationToken);
        var applied = await AppliedAsync(connection, cancellationToken);
        var byNumber = known.ToDictionary(migration => (migration.Module, migration.Number));
        foreach (var (key, sha256) in applied)
        {
            if (!byNumber.TryGetValue(key, out var migration))
            {
                throw new DataIsNewerException(
                    $"The data belongs to a newer version of Florin (it has migration {key.Module}/{key.Number:0000}): start that version.");
            }

            if (!migration.Sha256.AsSpan().SequenceEqual(sha256))
            {
                throw new MigrationRefusedException(
                    $"Migration {migration} was applied to this database with other content: use the version of Florin that made it.");
            }
        }

        return known.Where(migration => !applied.ContainsKey((migration.Module, migration.Number))).ToList();
    }

    private static async Task LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // Another server's migration may take long; to wait for it is right.
        await using NpgsqlCommand command = new("select pg_advisory_xact_lock($1)", connection) { CommandTimeout = 0 };
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = LockKey });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<Dictionary<(string Module, int Number), byte[]>> AppliedAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        Dictionary<(string Module, int Number), byte[]> applied = [];
        // From the tables and not by to_regclass: a session's name cache may still miss what another server made while this one waited for the lock.
        await using NpgsqlCommand exists = new(
            "select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'florin' and c.relname = 'schema_migrations')",
            connection);
        if (await exists.ExecuteScalarAsync(cancellationToken) is not true)
        {
            return applied;
        }

        await using NpgsqlCommand command = new("select module, number, sha256 from florin.schema_migrations", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            applied.Add((reader.GetString(0), reader.GetInt32(1)), reader.GetFieldValue<byte[]>(2));
        }

        return applied;
    }

    private async Task ApplyAsync(NpgsqlConnection connection, Migration migration, CancellationToken cancellationToken)
    {
        var sql = hasAppRole ? migration.Sql : WithoutAppRole(migration.Sql);
        try
        {
            await using NpgsqlCommand command = new(sql, connection) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException exception)
        {
            throw new MigrationRefusedException(
                $"Migration {migration} failed and changed nothing: {exception.MessageText} ({exception.SqlState})", exception);
        }

        await using NpgsqlCommand record = new(
            "insert into florin.schema_migrations (module, number, name, sha256, applied_at) values ($1, $2, $3, $4, $5)", connection);
        record.Parameters.Add(new NpgsqlParameter<string> { TypedValue = migration.Module });
        record.Parameters.Add(new NpgsqlParameter<int> { TypedValue = migration.Number });
        record.Parameters.Add(new NpgsqlParameter<string> { TypedValue = migration.Name });
        record.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = migration.Sha256 });
        record.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = timeProvider.GetUtcNow().UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await record.ExecuteNonQueryAsync(cancellationToken);
    }

    // Where the login may not make roles, the application is the owner: it is granted what it has, and loses nothing.
    private static string WithoutAppRole(string sql) =>
        RevokeFrom().Replace(GrantTo().Replace(sql, "to current_user"), "from public");

    [GeneratedRegex(@"\bto\s+florin_app\b", RegexOptions.IgnoreCase)]
    private static partial Regex GrantTo();

    [GeneratedRegex(@"\bfrom\s+florin_app\b", RegexOptions.IgnoreCase)]
    private static partial Regex RevokeFrom();
}
