using System.Text.Json;

namespace Florin.Identity.Jose;

/// <summary>The protected header of a JWS (RFC 7515, section 4.1), read with the caution of RFC 8725.</summary>
internal readonly record struct JoseHeader(JwsAlgorithm Algorithm, string KeyId)
{
    private static readonly string[] KeysInHeader = ["jwk", "jku", "x5c", "x5u"];

    public static bool TryRead(JsonElement json, IReadOnlyCollection<string> types, out JoseHeader header, out TokenRefusal refusal)
    {
        header = default;
        if (!TryReadAlgorithm(json, out JwsAlgorithm algorithm))
        {
            refusal = TokenRefusal.AlgorithmRefused;
            return false;
        }

        if (json.TryGetProperty("crit", out _))
        {
            refusal = TokenRefusal.CriticalExtension;
            return false;
        }

        if (Array.Exists(KeysInHeader, member => json.TryGetProperty(member, out _)))
        {
            refusal = TokenRefusal.KeyInHeader;
            return false;
        }

        if (types.Count > 0 && !IsOneOf(types, StrictJson.TextOf(json, "typ")))
        {
            refusal = TokenRefusal.TypeWrong;
            return false;
        }

        string? keyId = json.TryGetProperty("kid", out _) ? StrictJson.TextOf(json, "kid") : string.Empty;
        if (keyId is null || keyId.Length > CompactJws.KeyIdLengthMax)
        {
            refusal = TokenRefusal.KeyUnknown;
            return false;
        }

        header = new JoseHeader(algorithm, keyId);
        refusal = default;
        return true;
    }

    private static bool TryReadAlgorithm(JsonElement json, out JwsAlgorithm algorithm)
    {
        // Names are compared as they are: "es256" and "nOnE" are not algorithms.
        (bool known, algorithm) = StrictJson.TextOf(json, "alg") switch
        {
            "ES256" => (true, JwsAlgorithm.ES256),
            "RS256" => (true, JwsAlgorithm.RS256),
            _ => (false, default),
        };
        return known;
    }

    private static bool IsOneOf(IReadOnlyCollection<string> types, string? type)
    {
        const string Prefix = "application/";
        if (type is null)
        {
            return false;
        }

        string name = type.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? type[Prefix.Length..] : type;
        return types.Contains(name, StringComparer.OrdinalIgnoreCase);
    }
}
