using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Florin.Identity.Accounts;

/// <summary>What a password is worth against a stored hash.</summary>
internal enum PasswordMatch
{
    No = 0,
    Yes = 1,

    /// <summary>Right, but the hash was made with less work than is asked for now.</summary>
    YesAndHashIsWeak = 2,
}

/// <summary>Slow salted hashes of passwords: PBKDF2-HMAC-SHA512 in the format of ASP.NET Core Identity.</summary>
/// <remarks>At most <see cref="ConcurrencyMax"/> run at once: a flood of logins waits here and leaves the other cores to money.</remarks>
internal sealed class PasswordHashes : IDisposable
{
    private readonly PasswordHasher<CheckedRegistration> _hasher;
    private readonly SemaphoreSlim _slots;
    private readonly string _hashOfNothing;

    public PasswordHashes(IdentityOptions options)
    {
        _hasher = new PasswordHasher<CheckedRegistration>(
            Options.Create(new PasswordHasherOptions { IterationCount = options.PasswordHashIterations }));
        _slots = new SemaphoreSlim(ConcurrencyMax, ConcurrencyMax);
        _hashOfNothing = _hasher.HashPassword(null!, "no password of anyone");
    }

    public static int ConcurrencyMax { get; } = Math.Max(1, Environment.ProcessorCount / 2);

    public async Task<string> HashAsync(string password, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            return _hasher.HashPassword(null!, password);
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Compares in constant time.</summary>
    /// <param name="storedHash"><see langword="null"/> for a user who does not exist: the same work is done, and the answer is no.</param>
    public async Task<PasswordMatch> MatchAsync(string password, string? storedHash, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            PasswordVerificationResult result = _hasher.VerifyHashedPassword(null!, storedHash ?? _hashOfNothing, password);
            return result switch
            {
                _ when storedHash is null => PasswordMatch.No,
                PasswordVerificationResult.Failed => PasswordMatch.No,
                PasswordVerificationResult.Success => PasswordMatch.Yes,
                PasswordVerificationResult.SuccessRehashNeeded => PasswordMatch.YesAndHashIsWeak,
                _ => throw new System.Diagnostics.UnreachableException(),
            };
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose() => _slots.Dispose();
}
