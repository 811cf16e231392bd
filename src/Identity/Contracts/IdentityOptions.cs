namespace Florin.Identity;

/// <summary>How the identity module works.</summary>
public sealed class IdentityOptions
{
    public const int MasterKeyBytes = 32;

    /// <summary>The least work for a password hash: below it the database of hashes is worth stealing.</summary>
    public const int PasswordHashIterationsMin = 100_000;

    /// <summary>
    /// 32 secret bytes from outside the database, from which the keys that protect signing keys, webhook secrets and e-mail fingerprints are derived.
    /// Losing it means new signing keys (every access token is void); leaking it together with the database means that anyone can sign.
    /// </summary>
    public required ReadOnlyMemory<byte> MasterKey { get; init; }

    /// <summary><c>iss</c> of access tokens.</summary>
    public string Issuer { get; init; } = "florin";

    /// <summary><c>aud</c> of access tokens.</summary>
    public string Audience { get; init; } = "florin";

    public TimeSpan AccessTokenLifetime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>From the last refresh; each refresh begins it anew.</summary>
    public TimeSpan RefreshTokenLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How far the clocks of issuer and verifier may differ. Source: RFC 8725 and its practice, at most 60 seconds.</summary>
    public TimeSpan ClockLeeway { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>After this time the next token is signed with a new key.</summary>
    public TimeSpan SigningKeyLifetime { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long a process may work with the signing keys that it knows, before it looks again.</summary>
    public TimeSpan SigningKeyCacheAge { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Characters (Unicode code points). Source: NIST SP 800-63B, section 3.1.1: length, no rules of composition.</summary>
    public int PasswordLengthMin { get; init; } = 10;

    /// <summary>Characters (Unicode code points); a bound on work, not on strength.</summary>
    public int PasswordLengthMax { get; init; } = 128;

    /// <summary>Rounds of PBKDF2-HMAC-SHA512; a stored hash with fewer is renewed at the next login. Source: OWASP password storage, 210,000.</summary>
    public int PasswordHashIterations { get; init; } = 210_000;

    /// <summary>Failed logins for one e-mail, within <see cref="LoginFailureWindow"/>, that lock it.</summary>
    public int LoginFailuresMax { get; init; } = 10;

    public TimeSpan LoginFailureWindow { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>The first lock. Each failure after a lock doubles the next, up to <see cref="LockOutMax"/>.</summary>
    public TimeSpan LockOutFirst { get; init; } = TimeSpan.FromMinutes(1);

    public TimeSpan LockOutMax { get; init; } = TimeSpan.FromHours(1);

    /// <summary>After this time without a failure everything about an e-mail's failures is forgotten.</summary>
    public TimeSpan LoginFailureMemory { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Refuses settings that contradict each other; called once, when the services are registered.</summary>
    /// <exception cref="ArgumentException">A setting is out of its range; the message names it.</exception>
    internal void Validate()
    {
        Require(MasterKey.Length == MasterKeyBytes, $"{nameof(MasterKey)} must have {MasterKeyBytes} bytes.");
        Require(Issuer.Length > 0 && Audience.Length > 0, $"{nameof(Issuer)} and {nameof(Audience)} must not be empty.");
        Require(AccessTokenLifetime >= TimeSpan.FromMinutes(1), $"{nameof(AccessTokenLifetime)} must be a minute or more.");
        Require(RefreshTokenLifetime > AccessTokenLifetime, $"{nameof(RefreshTokenLifetime)} must exceed {nameof(AccessTokenLifetime)}.");
        Require(ClockLeeway >= TimeSpan.Zero && ClockLeeway <= TimeSpan.FromSeconds(60), $"{nameof(ClockLeeway)} must be between 0 and 60 seconds.");
        Require(SigningKeyCacheAge > TimeSpan.Zero, $"{nameof(SigningKeyCacheAge)} must be positive.");
        Require(SigningKeyLifetime > AccessTokenLifetime, $"{nameof(SigningKeyLifetime)} must exceed {nameof(AccessTokenLifetime)}.");
        Require(PasswordLengthMin >= 8, $"{nameof(PasswordLengthMin)} must be 8 or more (NIST SP 800-63B).");
        Require(PasswordLengthMax >= 64, $"{nameof(PasswordLengthMax)} must be 64 or more (NIST SP 800-63B).");
        Require(PasswordHashIterations >= PasswordHashIterationsMin, $"{nameof(PasswordHashIterations)} must be {PasswordHashIterationsMin} or more.");
        Require(LoginFailuresMax is >= 1 and <= 100, $"{nameof(LoginFailuresMax)} must be between 1 and 100 (NIST SP 800-63B).");
        Require(LockOutFirst > TimeSpan.Zero && LockOutMax >= LockOutFirst, $"{nameof(LockOutMax)} must be {nameof(LockOutFirst)} or more.");
        Require(LoginFailureMemory >= LockOutMax, $"{nameof(LoginFailureMemory)} must be {nameof(LockOutMax)} or more.");
        Require(LoginFailureWindow > TimeSpan.Zero, $"{nameof(LoginFailureWindow)} must be positive.");
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new ArgumentException(message);
        }
    }
}
