using Florin.Identity.Accounts;
using Florin.Ledger;
using Npgsql;
using NpgsqlTypes;

namespace Florin.Identity.Sessions;

/// <summary>A session as a refresh finds it, locked until the end of the transaction.</summary>
internal sealed record LockedSession(SessionId Id, UserId User, UserKind Kind, bool IsRevoked, bool StampIsCurrent);

/// <summary>A refresh token as it is stored.</summary>
internal sealed record StoredRefreshToken(DateTimeOffset ExpiresAt, bool IsUsed);

/// <summary>Sessions and their refresh tokens in the database; each call is part of its caller's transaction.</summary>
internal static class SessionTable
{
    public static async Task InsertSessionAsync(
        NpgsqlConnection connection, SessionId id, UserId user, Guid securityStamp, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(
            "INSERT INTO identity.session (id, user_id, security_stamp, created_at) VALUES ($1, $2, $3, $4)", connection);
        command.Parameters.Add(new() { Value = id.Value });
        command.Parameters.Add(new() { Value = user.Value });
        command.Parameters.Add(new() { Value = securityStamp });
        command.Parameters.Add(new() { Value = now });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task InsertTokenAsync(
        NpgsqlConnection connection, byte[] tokenHash, SessionId session, DateTimeOffset now, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(
            "INSERT INTO identity.refresh_token (token_hash, session_id, issued_at, expires_at) VALUES ($1, $2, $3, $4)", connection);
        AddHash(command, tokenHash);
        command.Parameters.Add(new() { Value = session.Value });
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = expiresAt });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Locks the session of a token. Whoever uses a token of the session, or ends it, waits for the other here.</summary>
    public static async Task<LockedSession?> LockSessionOfAsync(NpgsqlConnection connection, byte[] tokenHash, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(
            """
            SELECT s.id, s.user_id, u.kind, s.revoked_at IS NOT NULL, s.security_stamp = u.security_stamp
            FROM identity.session s JOIN identity.user_account u ON u.id = s.user_id
            WHERE s.id = (SELECT session_id FROM identity.refresh_token WHERE token_hash = $1)
            FOR UPDATE OF s
            """,
            connection);
        AddHash(command, tokenHash);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            return null;
        }

        UserKind? kind = UserKindText.Read(reader.GetString(2));
        Invariant.Assert(kind is not null);
        return new LockedSession(
            new SessionId(reader.GetGuid(0)), new UserId(reader.GetGuid(1)), kind.Value, reader.GetBoolean(3), reader.GetBoolean(4));
    }

    /// <summary>Reads a token whose session is locked: a statement of its own, so that it sees what the one who held the lock before committed.</summary>
    public static async Task<StoredRefreshToken> ReadTokenAsync(NpgsqlConnection connection, byte[] tokenHash, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(
            "SELECT expires_at, used_at IS NOT NULL FROM identity.refresh_token WHERE token_hash = $1", connection);
        AddHash(command, tokenHash);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        Invariant.Assert(await reader.ReadAsync(cancellationToken));
        return new StoredRefreshToken(reader.GetFieldValue<DateTimeOffset>(0), reader.GetBoolean(1));
    }

    public static async Task MarkUsedAsync(NpgsqlConnection connection, byte[] tokenHash, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(
            "UPDATE identity.refresh_token SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL", connection);
        AddHash(command, tokenHash);
        command.Parameters.Add(new() { Value = now });
        Invariant.Assert(await command.ExecuteNonQueryAsync(cancellationToken) == 1);
    }

    /// <param name="reason"><c>logout</c> or <c>reuse</c>.</param>
    /// <returns>Whether the session was alive.</returns>
    public static async Task<bool> RevokeAsync(
        NpgsqlConnection connection, SessionId session, string reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(
            "UPDATE identity.session SET revoked_at = $2, revoked_for = $3 WHERE id = $1 AND revoked_at IS NULL", connection);
        command.Parameters.Add(new() { Value = session.Value });
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = reason });
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    private static void AddHash(NpgsqlCommand command, byte[] tokenHash) =>
        command.Parameters.Add(new() { Value = tokenHash, NpgsqlDbType = NpgsqlDbType.Bytea });
}
