using Florin.Identity.Jose;
using Microsoft.Extensions.Logging;

namespace Florin.Identity.Keys;

/// <summary>The signing keys that this process knows: the newest signs, all that are not retired verify.</summary>
/// <remarks>
/// Another process may make or retire keys: knowledge older than <see cref="IdentityOptions.SigningKeyCacheAge"/> is renewed, and an unknown
/// <c>kid</c> renews it sooner, at most once in <see cref="UnknownKeyReloadInterval"/>, so that invented ids do not become database load.
/// </remarks>
internal sealed partial class SigningKeyRing(
    SigningKeyTable table, MasterKey masterKey, IdentityOptions options, TimeProvider timeProvider, ILogger<SigningKeyRing> logger)
    : ISigningKeys, IDisposable
{
    public static readonly TimeSpan UnknownKeyReloadInterval = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _loading = new(1, 1);
    private Known _known = new([], DateTimeOffset.MinValue);

    /// <summary>The key to sign with; makes one when there is none or the newest is due.</summary>
    public async Task<SigningKey> GetCurrentAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        Known known = await FreshAsync(options.SigningKeyCacheAge, cancellationToken);
        DateTimeOffset dueIfMadeBefore = now - options.SigningKeyLifetime;
        if (known.Entries is [var newest, ..] && newest.VerifiesAt(now) && newest.Key.CreatedAt > dueIfMadeBefore)
        {
            return newest.Key;
        }

        known = await MakeAsync(unlessMadeSince: dueIfMadeBefore.AddTicks(1), RetirementAfterOverlap(now), cancellationToken);
        return known.Entries[0].Key;
    }

    /// <summary>The key that a token names, if it is not retired.</summary>
    public async Task<VerificationKey?> FindAsync(string keyId, CancellationToken cancellationToken)
    {
        Known known = await FreshAsync(options.SigningKeyCacheAge, cancellationToken);
        if (!known.Entries.Exists(entry => entry.Key.Id == keyId))
        {
            known = await FreshAsync(UnknownKeyReloadInterval, cancellationToken);
        }

        DateTimeOffset now = timeProvider.GetUtcNow();
        return known.Entries.Find(entry => entry.Key.Id == keyId && entry.VerifiesAt(now))?.Key.Verification;
    }

    public async Task<ReadOnlyMemory<byte>> GetKeySetAsync(CancellationToken cancellationToken)
    {
        // Whoever asks before the first login still gets a key: an empty set is cached by readers.
        await GetCurrentAsync(cancellationToken);
        Known known = await FreshAsync(options.SigningKeyCacheAge, cancellationToken);
        DateTimeOffset now = timeProvider.GetUtcNow();
        return JsonWebKeySet.Write(known.Entries.FindAll(entry => entry.VerifiesAt(now)).ConvertAll(entry => entry.Key));
    }

    public async Task<string> RotateAsync(bool retireOthersAtOnce, CancellationToken cancellationToken)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        Known known = await MakeAsync(unlessMadeSince: null, retireOthersAtOnce ? now : RetirementAfterOverlap(now), cancellationToken);
        return known.Entries[0].Key.Id;
    }

    public void Dispose() => _loading.Dispose();

    /// <summary>When the last token of the old keys has expired: one signed by a process that learns of the new key as late as it may.</summary>
    private DateTimeOffset RetirementAfterOverlap(DateTimeOffset now) =>
        now + options.SigningKeyCacheAge + options.AccessTokenLifetime + options.ClockLeeway;

    private async Task<Known> FreshAsync(TimeSpan ageMax, CancellationToken cancellationToken)
    {
        if (IsFresh(_known, ageMax))
        {
            return _known;
        }

        await _loading.WaitAsync(cancellationToken);
        try
        {
            if (!IsFresh(_known, ageMax))
            {
                Learn(await table.ReadAsync(cancellationToken));
            }

            return _known;
        }
        finally
        {
            _loading.Release();
        }
    }

    private async Task<Known> MakeAsync(DateTimeOffset? unlessMadeSince, DateTimeOffset retireOthersAt, CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken);
        try
        {
            Learn(await table.MakeAsync(unlessMadeSince, retireOthersAt, cancellationToken));
            LogKeyMade(_known.Entries[0].Key.Id);
            return _known;
        }
        finally
        {
            _loading.Release();
        }
    }

    private bool IsFresh(Known known, TimeSpan ageMax) => timeProvider.GetUtcNow() - known.At < ageMax;

    private void Learn(List<SigningKeyRow> rows)
    {
        // Keys that are known keep their objects, and with them their decrypted private halves.
        Dictionary<string, SigningKey> old = _known.Entries.ToDictionary(entry => entry.Key.Id, entry => entry.Key);
        List<Entry> entries = rows.ConvertAll(row => new Entry(
            old.GetValueOrDefault(row.Kid) ?? new SigningKey(row.Kid, row.PublicKey, row.WrappedPrivateKey, row.CreatedAt, masterKey),
            row.RetiredAt));
        Volatile.Write(ref _known, new Known(entries, timeProvider.GetUtcNow()));
    }

    [LoggerMessage(3001, LogLevel.Information, "Signing with key {KeyId}")]
    private partial void LogKeyMade(string keyId);

    private sealed record Entry(SigningKey Key, DateTimeOffset? RetiredAt)
    {
        public bool VerifiesAt(DateTimeOffset now) => RetiredAt is null || now < RetiredAt;
    }

    /// <param name="Entries">The newest first; never changed after publication.</param>
    private sealed record Known(List<Entry> Entries, DateTimeOffset At);
}
