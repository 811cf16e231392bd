namespace Florin.Identity;

/// <summary>The keys that sign access tokens.</summary>
public interface ISigningKeys
{
    /// <summary>The public keys that verify now, as a JSON Web Key Set (RFC 7517, section 5) in UTF-8: the body of <c>/.well-known/jwks.json</c>.</summary>
    Task<ReadOnlyMemory<byte>> GetKeySetAsync(CancellationToken cancellationToken);

    /// <summary>Makes a new key and signs with it from now on.</summary>
    /// <param name="retireOthersAtOnce">
    /// <see langword="false"/>: older keys verify until the last token that they signed has expired.
    /// <see langword="true"/>: a key may be known to others, every token that it signed is worthless at once
    /// (in other processes within <see cref="IdentityOptions.SigningKeyCacheAge"/>).
    /// </param>
    /// <returns>The new key's <c>kid</c>.</returns>
    Task<string> RotateAsync(bool retireOthersAtOnce, CancellationToken cancellationToken);
}
