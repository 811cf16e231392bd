using Florin.Identity.Accounts;
using Florin.Identity.Keys;
using Florin.Storage.Database;
using Npgsql;
using NpgsqlTypes;

namespace Florin.Identity.Sessions;

/// <summary>Counts failed logins by e-mail, known or not, and says when an e-mail is locked.</summary>
/// <remarks>
/// A lock is looked at twice: before the password is compared, to save the work, and after, under the row's lock. So of any number of guesses
/// that run at once no more are answered than of guesses that run one after another.
/// </remarks>
internal sealed class LoginThrottle(IDatabase database, MasterKey masterKey, IdentityOptions options)
{
    /// <summary>Rows about forgotten failures that a failure takes along: more than it adds, so that the table cannot grow by strangers' typing.</summary>
    private const int PurgedPerFailure = 8;

    private const string Columns = "failures, window_started_at, lock_outs, locked_until, last_failure_at";

    public async Task<DateTimeOffset?> GetLockAsync(EmailAddress email, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = database.DataSource.CreateCommand($"SELECT {Columns} FROM identity.login_throttle WHERE email_hmac = $1");
        AddFingerprint(command, email);
        return await ReadAsync(command, cancellationToken) is { } state && state.IsLocked(now) ? state.LockedUntil : null;
    }

    /// <summary>Counts a failure, unless the e-mail is locked by now.</summary>
    /// <returns>The lock that stood before; <see langword="null"/> when the failure was counted.</returns>
    public async Task<DateTimeOffset?> CountFailureAsync(EmailAddress email, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        ThrottleState state = await LockRowAsync(connection, email, now, cancellationToken);
        if (state.IsLocked(now))
        {
            return state.LockedUntil;
        }

        await WriteAsync(connection, email, state.AfterFailure(now, options), cancellationToken);
        await PurgeAsync(connection, now, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return null;
    }

    /// <summary>Forgets the failures in the transaction that begins the session, unless the e-mail is locked by now.</summary>
    /// <returns>The lock that stands; <see langword="null"/> when the login may go on.</returns>
    public async Task<DateTimeOffset?> ForgiveAsync(
        NpgsqlConnection connection, EmailAddress email, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand select = new($"SELECT {Columns} FROM identity.login_throttle WHERE email_hmac = $1 FOR UPDATE", connection);
        AddFingerprint(select, email);
        ThrottleState? state = await ReadAsync(select, cancellationToken);
        if (state is { } known && known.IsLocked(now))
        {
            return known.LockedUntil;
        }

        if (state is not null)
        {
            await using NpgsqlCommand delete = new("DELETE FROM identity.login_throttle WHERE email_hmac = $1", connection);
            AddFingerprint(delete, email);
            await delete.ExecuteNonQueryAsync(cancellationToken);
        }

        return null;
    }

    private async Task<ThrottleState> LockRowAsync(NpgsqlConnection connection, EmailAddress email, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // The idle update locks a row that is there; the insert makes one that is not. Either way the row is ours until the commit.
        await using NpgsqlCommand command = new(
            $"""
             INSERT INTO identity.login_throttle AS known (email_hmac, {Columns}) VALUES ($1, 0, $2, 0, NULL, $2)
             ON CONFLICT (email_hmac) DO UPDATE SET last_failure_at = known.last_failure_at
             RETURNING {Columns}
             """,
            connection);
        AddFingerprint(command, email);
        command.Parameters.Add(new() { Value = now });
        ThrottleState? state = await ReadAsync(command, cancellationToken);
        Florin.Ledger.Invariant.Assert(state is not null);
        return state.Value;
    }

    private async Task WriteAsync(NpgsqlConnection connection, EmailAddress email, ThrottleState state, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(
            $"UPDATE identity.login_throttle SET ({Columns}) = ($2, $3, $4, $5, $6) WHERE email_hmac = $1", connection);
        AddFingerprint(command, email);
        command.Parameters.Add(new() { Value = state.Failures });
        command.Parameters.Add(new() { Value = state.WindowStartedAt });
        command.Parameters.Add(new() { Value = state.LockOuts });
        command.Parameters.Add(new() { Value = (object?)state.LockedUntil ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = state.LastFailureAt });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task PurgeAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // A row that is locked is in use, and waiting for it could be waiting for someone who waits for us.
        await using NpgsqlCommand command = new(
            """
            DELETE FROM identity.login_throttle WHERE email_hmac IN (
                SELECT email_hmac FROM identity.login_throttle WHERE last_failure_at <= $1
                ORDER BY last_failure_at LIMIT $2 FOR UPDATE SKIP LOCKED)
            """,
            connection);
        command.Parameters.Add(new() { Value = now - options.LoginFailureMemory });
        command.Parameters.Add(new() { Value = PurgedPerFailure });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private void AddFingerprint(NpgsqlCommand command, EmailAddress email) =>
        command.Parameters.Add(new() { Value = masterKey.Fingerprint(email.Normalized), NpgsqlDbType = NpgsqlDbType.Bytea });

    private static async Task<ThrottleState?> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new ThrottleState(
                reader.GetInt32(0),
                reader.GetFieldValue<DateTimeOffset>(1),
                reader.GetInt32(2),
                reader.IsDBNull(3) ? null : reader.GetFieldValue<DateTimeOffset>(3),
                reader.GetFieldValue<DateTimeOffset>(4))
            : null;
    }
}
