namespace Florin.Identity;

/// <summary>Logins and what keeps them alive.</summary>
public interface ISessions
{
    /// <summary>
    /// Exchanges e-mail and password for tokens. An unknown e-mail and a wrong password cost the same work, count alike towards the lock-out,
    /// and answer alike.
    /// </summary>
    Task<LoginOutcome> LoginAsync(string? email, string? password, CancellationToken cancellationToken);

    /// <summary>Exchanges a refresh token for the next one and a new access token. A refresh token works once: a second use revokes its whole session.</summary>
    /// <remarks>Two uses at the same moment are a reuse as well: a client refreshes from one place. Source: RFC 9700, section 4.14.2.</remarks>
    Task<RefreshOutcome> RefreshAsync(string? refreshToken, CancellationToken cancellationToken);

    /// <summary>Ends the session that the refresh token belongs to; text that is no live refresh token ends nothing, and is no error.</summary>
    Task LogoutAsync(string? refreshToken, CancellationToken cancellationToken);

    /// <summary>Ends a session; one that has ended already stays as it is.</summary>
    /// <remarks>Access tokens that were issued before stay valid until they expire (15 minutes by default): they are checked without the database.</remarks>
    Task LogoutAsync(SessionId session, CancellationToken cancellationToken);
}

/// <summary>What a client holds while it is logged in.</summary>
/// <param name="AccessToken">A compact JWS (RFC 9068) for the <c>Authorization</c> header.</param>
/// <param name="RefreshToken">Opaque, <c>flr_…</c>; replaced at every use.</param>
/// <param name="AccessTokenLifetime"><c>expires_in</c>, counted from the answer.</param>
public sealed record SessionTokens(
    UserId User, SessionId Session, string AccessToken, string RefreshToken, TimeSpan AccessTokenLifetime, DateTimeOffset RefreshTokenExpiresAt)
{
    /// <summary>The session alone: tokens must not reach a log by way of a formatted record.</summary>
    public override string ToString() => $"session:{Session}";
}

/// <summary>What became of a login.</summary>
public abstract record LoginOutcome
{
    private LoginOutcome()
    {
    }

    public sealed record Succeeded(SessionTokens Tokens) : LoginOutcome;

    /// <summary>E-mail unknown or password wrong: the answer does not say which.</summary>
    public sealed record Failed : LoginOutcome;

    /// <summary>Too many failures for this e-mail, known or not. Nothing was compared, or the result was withheld.</summary>
    /// <param name="RetryAfter">Until the next try is looked at; at least one second.</param>
    public sealed record LockedOut(TimeSpan RetryAfter) : LoginOutcome;
}

/// <summary>What became of a refresh.</summary>
public abstract record RefreshOutcome
{
    private RefreshOutcome()
    {
    }

    public sealed record Succeeded(SessionTokens Tokens) : RefreshOutcome;

    /// <summary>Unknown, expired, used before or logged out: the user logs in again. The answer does not say which.</summary>
    public sealed record Failed : RefreshOutcome;
}
