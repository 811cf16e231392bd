using Florin.Identity.Accounts;
using Florin.Identity.AccessTokens;
using Florin.Identity.Keys;
using Florin.Ledger;
using Florin.Storage.Database;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Florin.Identity.Sessions;

/// <inheritdoc cref="ISessions"/>
internal sealed partial class UserSessions(
    IDatabase database,
    CredentialTable credentials,
    PasswordHashes passwords,
    LoginThrottle throttle,
    SigningKeyRing keys,
    AccessTokenWriter accessTokens,
    IdentityOptions options,
    TimeProvider timeProvider,
    IdSource ids,
    ILogger<UserSessions> logger) : ISessions
{
    public async Task<LoginOutcome> LoginAsync(string? email, string? password, CancellationToken cancellationToken)
    {
        // Neither can belong to anyone, as their form tells the sender already: no work, no count.
        if (!EmailAddress.TryParse(email, out EmailAddress address) || !RegistrationRules.MayBePassword(password, options))
        {
            return new LoginOutcome.Failed();
        }

        DateTimeOffset now = timeProvider.GetUtcNow();
        if (await throttle.GetLockAsync(address, now, cancellationToken) is { } lockedUntil)
        {
            return LockedOut(lockedUntil, now);
        }

        Credentials? known = await credentials.FindAsync(address, cancellationToken);
        PasswordMatch match = await passwords.MatchAsync(password!, known?.PasswordHash, cancellationToken);
        if (known is null || match == PasswordMatch.No)
        {
            return await throttle.CountFailureAsync(address, now, cancellationToken) is { } lockedMeanwhile
                ? LockedOut(lockedMeanwhile, now)
                : new LoginOutcome.Failed();
        }

        if (match == PasswordMatch.YesAndHashIsWeak)
        {
            await credentials.StrengthenAsync(known, await passwords.HashAsync(password!, cancellationToken), cancellationToken);
        }

        return await BeginAsync(address, known, now, cancellationToken);
    }

    public async Task<RefreshOutcome> RefreshAsync(string? refreshToken, CancellationToken cancellationToken)
    {
        if (RefreshTokenText.TryHash(refreshToken) is not { } tokenHash)
        {
            return new RefreshOutcome.Failed();
        }

        // Before the transaction: afterwards nothing may fail that is not the database's own failure, or the client loses both tokens.
        SigningKey key = await keys.GetCurrentAsync(cancellationToken);
        DateTimeOffset now = timeProvider.GetUtcNow();
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        LockedSession? session = await SessionTable.LockSessionOfAsync(connection, tokenHash, cancellationToken);
        if (session is null || session.IsRevoked || !session.StampIsCurrent)
        {
            return new RefreshOutcome.Failed();
        }

        StoredRefreshToken token = await SessionTable.ReadTokenAsync(connection, tokenHash, cancellationToken);
        if (token.IsUsed)
        {
            // Someone holds a copy. Which of the two is the thief cannot be known, so neither goes on.
            await SessionTable.RevokeAsync(connection, session.Id, "reuse", now, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            LogReuse(session.Id, session.User);
            return new RefreshOutcome.Failed();
        }

        if (token.ExpiresAt <= now)
        {
            return new RefreshOutcome.Failed();
        }

        await SessionTable.MarkUsedAsync(connection, tokenHash, now, cancellationToken);
        SessionTokens tokens = await IssueAsync(connection, key, session.User, session.Id, session.Kind, now, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new RefreshOutcome.Succeeded(tokens);
    }

    public async Task LogoutAsync(string? refreshToken, CancellationToken cancellationToken)
    {
        if (RefreshTokenText.TryHash(refreshToken) is not { } tokenHash)
        {
            return;
        }

        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await SessionTable.LockSessionOfAsync(connection, tokenHash, cancellationToken) is { } session)
        {
            await SessionTable.RevokeAsync(connection, session.Id, "logout", timeProvider.GetUtcNow(), cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
    }

    public async Task LogoutAsync(SessionId session, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await SessionTable.RevokeAsync(connection, session, "logout", timeProvider.GetUtcNow(), cancellationToken);
    }

    private async Task<LoginOutcome> BeginAsync(EmailAddress email, Credentials known, DateTimeOffset now, CancellationToken cancellationToken)
    {
        SigningKey key = await keys.GetCurrentAsync(cancellationToken);
        SessionId session = new(ids.NextId());
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await throttle.ForgiveAsync(connection, email, now, cancellationToken) is { } lockedMeanwhile)
        {
            return LockedOut(lockedMeanwhile, now);
        }

        await SessionTable.InsertSessionAsync(connection, session, known.User, known.SecurityStamp, now, cancellationToken);
        SessionTokens tokens = await IssueAsync(connection, key, known.User, session, known.Kind, now, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new LoginOutcome.Succeeded(tokens);
    }

    private async Task<SessionTokens> IssueAsync(
        NpgsqlConnection connection,
        SigningKey key,
        UserId user,
        SessionId session,
        UserKind kind,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        string refreshToken = RefreshTokenText.New(ids);
        byte[]? tokenHash = RefreshTokenText.TryHash(refreshToken);
        Invariant.Assert(tokenHash is not null);
        DateTimeOffset expiresAt = now + options.RefreshTokenLifetime;
        await SessionTable.InsertTokenAsync(connection, tokenHash, session, now, expiresAt, cancellationToken);
        string accessToken = accessTokens.Write(key, user, session, kind);
        return new SessionTokens(user, session, accessToken, refreshToken, options.AccessTokenLifetime, expiresAt);
    }

    private static LoginOutcome.LockedOut LockedOut(DateTimeOffset until, DateTimeOffset now) =>
        new(TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling((until - now).TotalSeconds))));

    [LoggerMessage(3101, LogLevel.Warning, "A refresh token was used twice: session {Session} of user {User} is revoked")]
    private partial void LogReuse(SessionId session, UserId user);
}
