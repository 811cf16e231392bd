using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Florin.Identity.Jose;

/// <summary>A compact JWS (RFC 7515, section 3.1) whose header is acceptable and whose signature is not checked yet.</summary>
/// <remarks>Nothing but <see cref="KeyId"/> may be believed before <see cref="TryOpen"/>, and the key id is only a look-up, never a path or a query.</remarks>
internal sealed class CompactJws
{
    /// <summary>Characters. Tokens of ours have about 500; those of other issuers rarely pass 4,000.</summary>
    public const int LengthMax = 8_192;

    /// <summary>Characters of a <c>kid</c>.</summary>
    public const int KeyIdLengthMax = 128;

    private readonly byte[] _signingInput;
    private readonly byte[] _payload;
    private readonly byte[] _signature;

    private CompactJws(JwsAlgorithm algorithm, string keyId, byte[] signingInput, byte[] payload, byte[] signature)
    {
        Algorithm = algorithm;
        KeyId = keyId;
        _signingInput = signingInput;
        _payload = payload;
        _signature = signature;
    }

    public JwsAlgorithm Algorithm { get; }

    /// <summary><c>kid</c>, or empty: an issuer with one key may leave it out.</summary>
    public string KeyId { get; }

    /// <summary>Splits, decodes and looks at the header.</summary>
    /// <param name="types">The accepted <c>typ</c>, without regard to case and with <c>application/</c> left out (section 4.1.9); empty: none is asked for.</param>
    public static bool TryParse(
        string? text, IReadOnlyCollection<string> types, [NotNullWhen(true)] out CompactJws? jws, out TokenRefusal refusal)
    {
        jws = null;
        refusal = TokenRefusal.Malformed;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        if (text.Length > LengthMax)
        {
            refusal = TokenRefusal.TooLarge;
            return false;
        }

        int first = text.IndexOf('.', StringComparison.Ordinal);
        int second = first < 0 ? -1 : text.IndexOf('.', first + 1);
        if (second < 0
            || !StrictBase64Url.TryDecode(text.AsSpan(0, first), out byte[]? header)
            || !StrictBase64Url.TryDecode(text.AsSpan(first + 1, second - first - 1), out byte[]? payload)
            || !StrictBase64Url.TryDecode(text.AsSpan(second + 1), out byte[]? signature))
        {
            return false;
        }

        if (!StrictJson.TryParseObject(header, out JsonDocument? document))
        {
            return false;
        }

        using (document)
        {
            if (!JoseHeader.TryRead(document.RootElement, types, out JoseHeader accepted, out refusal))
            {
                return false;
            }

            jws = new CompactJws(accepted.Algorithm, accepted.KeyId, Encoding.ASCII.GetBytes(text, 0, second), payload, signature);
            return true;
        }
    }

    /// <summary>Hands out the payload if the key is for the header's algorithm and the signature holds.</summary>
    public bool TryOpen(VerificationKey key, [NotNullWhen(true)] out byte[]? payload, out TokenRefusal refusal)
    {
        payload = null;
        if (key.Algorithm != Algorithm)
        {
            refusal = TokenRefusal.AlgorithmNotOfKey;
            return false;
        }

        refusal = TokenRefusal.SignatureWrong;
        if (!key.Verify(_signingInput, _signature))
        {
            return false;
        }

        payload = _payload;
        return true;
    }
}
