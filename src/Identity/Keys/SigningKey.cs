using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Florin.Identity.Jose;

namespace Florin.Identity.Keys;

/// <summary>An ES256 key pair of ours. Thread-safe; the private half is decrypted at its first use.</summary>
internal sealed class SigningKey
{
    private readonly ConcurrentBag<ECDsa> _idle = [];
    private readonly MasterKey _masterKey;
    private readonly byte[] _wrappedPrivateKey;

    public SigningKey(string id, byte[] publicKey, byte[] wrappedPrivateKey, DateTimeOffset createdAt, MasterKey masterKey)
    {
        using ECDsa key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(publicKey, out _);
        PublicParameters = key.ExportParameters(includePrivateParameters: false);
        Id = id;
        CreatedAt = createdAt;
        Verification = VerificationKey.FromEcdsa(id, PublicParameters);
        _wrappedPrivateKey = wrappedPrivateKey;
        _masterKey = masterKey;
    }

    /// <summary><c>kid</c>: the thumbprint of the public key.</summary>
    public string Id { get; }

    public DateTimeOffset CreatedAt { get; }

    public ECParameters PublicParameters { get; }

    public VerificationKey Verification { get; }

    /// <summary>The SHA-256 thumbprint of a P-256 public key as a JWK (RFC 7638, section 3).</summary>
    public static string Thumbprint(ECParameters key)
    {
        string jwk = $$"""{"crv":"P-256","kty":"EC","x":"{{StrictBase64Url.Encode(key.Q.X)}}","y":"{{StrictBase64Url.Encode(key.Q.Y)}}"}""";
        return StrictBase64Url.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(jwk)));
    }

    /// <exception cref="CryptographicException">The host's master key is not the one that this key was stored under.</exception>
    public string Sign(string type, ReadOnlySpan<byte> payload)
    {
        ECDsa key = _idle.TryTake(out ECDsa? idle) ? idle : OpenPrivateKey();
        string token = JwsWriter.Sign(key, Id, type, payload);
        _idle.Add(key);
        return token;
    }

    private ECDsa OpenPrivateKey()
    {
        byte[] pkcs8 = _masterKey.Unwrap(_wrappedPrivateKey, Id);
        ECDsa key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pkcs8, out _);
        CryptographicOperations.ZeroMemory(pkcs8);
        return key;
    }
}
