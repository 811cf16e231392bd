using Florin.Ledger.Journal;
using Npgsql;

namespace Florin.Storage.Ledger;

/// <summary>The database session of the ledger's writer: it holds an advisory lock for as long as it lives, so that others know of it and can end it.</summary>
/// <remarks>
/// For liveness alone. A session that is ended in the middle of a commit leaves that commit whole or undone; the head tells which. It is ended as
/// the login, because a session that works as another role may end only those of that role.
/// </remarks>
internal static class WriterSession
{
    private const string Holder =
        "select pg_terminate_backend(l.pid, 5000) from pg_locks l where l.locktype = 'advisory' and l.granted and l.objsubid = 1"
        + " and l.database = (select oid from pg_database where datname = current_database())"
        + " and (l.classid::bigint << 32) | l.objid::bigint = $1 and l.pid <> pg_backend_pid()";

    public static async ValueTask<bool> TryLockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand locking = new("select pg_try_advisory_lock($1)", connection)
        {
            Parameters = { new() { Value = PostgresLedgerJournal.WriterLock } },
        };
        return await locking.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>Ends a session of this server's own, when it lives and is the writer's.</summary>
    public static ValueTask EndAsync(NpgsqlConnection connection, int backend, CancellationToken cancellationToken) =>
        EndAsync(connection, $"{Holder} and l.pid = $2", backend, cancellationToken);

    /// <summary>Ends whoever is the writer, unless a later term than this has begun.</summary>
    /// <exception cref="JournalFencedException">The term is over.</exception>
    public static async ValueTask EndAsync(NpgsqlConnection connection, long term, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand asking = new("select term from ledger.lease", connection);
        if (await asking.ExecuteScalarAsync(cancellationToken) is not long current || current != term)
        {
            throw new JournalFencedException("Another server took the ledger.");
        }

        await EndAsync(connection, $"{Holder} and $2 = (select term from ledger.lease)", term, cancellationToken);
    }

    private static async ValueTask EndAsync(NpgsqlConnection connection, string sql, object value, CancellationToken cancellationToken)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (NpgsqlCommand asLogin = new("set local role none", connection, transaction))
        {
            await asLogin.ExecuteNonQueryAsync(cancellationToken);
        }

        await using (NpgsqlCommand ending = new(sql, connection, transaction)
        {
            Parameters = { new() { Value = PostgresLedgerJournal.WriterLock }, new() { Value = value } },
        })
        {
            try
            {
                await ending.ExecuteNonQueryAsync(cancellationToken);
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                // The session of another login: it can only be waited for. Disposing rolls back.
                return;
            }
        }

        await transaction.CommitAsync(cancellationToken);
    }
}
