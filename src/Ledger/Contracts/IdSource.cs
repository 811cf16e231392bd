using System.Security.Cryptography;

namespace Florin.Ledger;

/// <summary>Makes identities: time-ordered UUIDs and secrets. Passed in, so that tests and the simulator control it.</summary>
public abstract class IdSource
{
    /// <summary>A version 7 UUID (RFC 9562, section 5.7): unique, and ordered by the time of its making.</summary>
    public abstract Guid NextId();

    /// <summary>Unpredictable bytes for tokens and keys.</summary>
    public abstract byte[] NextSecret(int length);
}

/// <summary>Ids from the operating system's random source and the given clock.</summary>
public sealed class SystemIdSource(TimeProvider timeProvider) : IdSource
{
    public override Guid NextId() => Guid.CreateVersion7(timeProvider.GetUtcNow());

    public override byte[] NextSecret(int length) => RandomNumberGenerator.GetBytes(length);
}
