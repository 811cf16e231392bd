using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Florin.Identity.Jose;

/// <summary>A public key, its id, and the one algorithm that it is for (RFC 8725, section 3.1).</summary>
/// <remarks>Thread-safe: the framework does not promise that its key objects are, so each is used by one caller at a time.</remarks>
internal sealed class VerificationKey
{
    /// <summary>RFC 7518, section 3.3.</summary>
    public const int RsaBitsMin = 2048;

    /// <summary>A bound on work: verification time grows with the square of the size.</summary>
    public const int RsaBitsMax = 8192;

    private const string P256 = "1.2.840.10045.3.1.7";
    private const int Es256SignatureBytes = 64;

    private readonly ConcurrentBag<AsymmetricAlgorithm> _idle = [];
    private readonly Func<AsymmetricAlgorithm> _open;

    private VerificationKey(string id, JwsAlgorithm algorithm, Func<AsymmetricAlgorithm> open)
    {
        Id = id;
        Algorithm = algorithm;
        _open = open;
        _idle.Add(open());
    }

    public string Id { get; }

    public JwsAlgorithm Algorithm { get; }

    /// <exception cref="CryptographicException">Not a point of P-256.</exception>
    public static VerificationKey FromEcdsa(string id, ECParameters parameters)
    {
        ECParameters publicPart = new() { Curve = parameters.Curve, Q = parameters.Q };
        if (publicPart.Curve.Oid.Value != P256)
        {
            throw new CryptographicException("ES256 needs a key on P-256.");
        }

        return new VerificationKey(id, JwsAlgorithm.ES256, () => ECDsa.Create(publicPart));
    }

    /// <exception cref="CryptographicException">Not an RSA key of 2048 to 8192 bits.</exception>
    public static VerificationKey FromRsa(string id, RSAParameters parameters)
    {
        RSAParameters publicPart = new() { Modulus = parameters.Modulus, Exponent = parameters.Exponent };
        int bits = checked((publicPart.Modulus?.Length ?? 0) * 8);
        if (bits is < RsaBitsMin or > RsaBitsMax)
        {
            throw new CryptographicException("RS256 needs a key of 2048 to 8192 bits.");
        }

        return new VerificationKey(id, JwsAlgorithm.RS256, () => RSA.Create(publicPart));
    }

    public bool Verify(ReadOnlySpan<byte> signingInput, ReadOnlySpan<byte> signature)
    {
        AsymmetricAlgorithm key = _idle.TryTake(out AsymmetricAlgorithm? idle) ? idle : _open();
        bool holds = key switch
        {
            // The length comes first: P-256 has one length of signature, and a DER-encoded one is another protocol's.
            ECDsa ecdsa => signature.Length == Es256SignatureBytes
                && ecdsa.VerifyData(signingInput, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
            RSA rsa => rsa.VerifyData(signingInput, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

        _idle.Add(key);
        return holds;
    }
}
