namespace Florin.Identity.Keys;

/// <summary>A signing key as it is stored.</summary>
internal sealed record SigningKeyRow(
    string Kid, byte[] PublicKey, byte[] WrappedPrivateKey, DateTimeOffset CreatedAt, DateTimeOffset? RetiredAt);
