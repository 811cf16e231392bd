using System.Security.Cryptography;
using System.Text;

namespace Florin.Identity.Keys;

/// <summary>The host's master key, from which each purpose derives a key of its own (HKDF-SHA256, RFC 5869).</summary>
internal sealed class MasterKey
{
    private const byte Version = 1;
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int OverheadBytes = 1 + NonceBytes + TagBytes;

    private readonly Func<int, byte[]> _nextSecret;
    private readonly byte[] _wrappingKey;
    private readonly byte[] _fingerprintKey;

    /// <param name="nextSecret">Unpredictable bytes: nonces must never repeat under one key.</param>
    /// <param name="purpose">What is wrapped: each purpose has a key of its own.</param>
    public MasterKey(ReadOnlyMemory<byte> masterKey, Func<int, byte[]> nextSecret, string purpose = "florin/identity/signing-key/1")
    {
        _nextSecret = nextSecret;
        _wrappingKey = Derive(masterKey.Span, purpose);
        _fingerprintKey = Derive(masterKey.Span, "florin/identity/email-fingerprint/1");
    }

    /// <summary>Encrypts under AES-256-GCM.</summary>
    /// <param name="context">Bound to the ciphertext: it opens under the same context only, so that rows cannot be exchanged.</param>
    /// <returns>Version (1) | nonce (12) | tag (16) | ciphertext.</returns>
    public byte[] Wrap(ReadOnlySpan<byte> secret, string context)
    {
        byte[] wrapped = new byte[OverheadBytes + secret.Length];
        wrapped[0] = Version;
        _nextSecret(NonceBytes).CopyTo(wrapped, 1);
        using AesGcm aes = new(_wrappingKey, TagBytes);
        aes.Encrypt(
            wrapped.AsSpan(1, NonceBytes),
            secret,
            wrapped.AsSpan(OverheadBytes),
            wrapped.AsSpan(1 + NonceBytes, TagBytes),
            Encoding.UTF8.GetBytes(context));
        return wrapped;
    }

    /// <exception cref="CryptographicException">Another master key, another context, or a changed ciphertext.</exception>
    public byte[] Unwrap(ReadOnlySpan<byte> wrapped, string context)
    {
        if (wrapped.Length <= OverheadBytes || wrapped[0] != Version)
        {
            throw new CryptographicException("The stored key has an unknown form.");
        }

        byte[] secret = new byte[wrapped.Length - OverheadBytes];
        using AesGcm aes = new(_wrappingKey, TagBytes);
        aes.Decrypt(
            wrapped.Slice(1, NonceBytes), wrapped[OverheadBytes..], wrapped.Slice(1 + NonceBytes, TagBytes), secret, Encoding.UTF8.GetBytes(context));
        return secret;
    }

    /// <summary>32 bytes that stand for a text without telling it, even to someone who guesses and holds the database.</summary>
    public byte[] Fingerprint(string text) => HMACSHA256.HashData(_fingerprintKey, Encoding.UTF8.GetBytes(text));

    private static byte[] Derive(ReadOnlySpan<byte> masterKey, string purpose)
    {
        byte[] key = new byte[KeyBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, masterKey, key, salt: [], Encoding.ASCII.GetBytes(purpose));
        return key;
    }
}
