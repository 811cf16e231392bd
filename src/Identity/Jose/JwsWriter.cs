using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Florin.Identity.Jose;

/// <summary>Writes compact JWS under ES256.</summary>
internal static class JwsWriter
{
    /// <param name="key">On P-256; used by one caller at a time.</param>
    public static string Sign(ECDsa key, string keyId, string type, ReadOnlySpan<byte> payload)
    {
        string signingInput = $"{StrictBase64Url.Encode(Header(keyId, type))}.{StrictBase64Url.Encode(payload)}";
        byte[] signature = key.SignData(
            Encoding.ASCII.GetBytes(signingInput), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{signingInput}.{StrictBase64Url.Encode(signature)}";
    }

    private static byte[] Header(string keyId, string type)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("alg", "ES256");
            json.WriteString("typ", type);
            json.WriteString("kid", keyId);
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }
}
