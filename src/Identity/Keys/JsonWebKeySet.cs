using System.Text.Json;
using Florin.Identity.Jose;

namespace Florin.Identity.Keys;

/// <summary>Public keys as a JSON Web Key Set (RFC 7517, section 5; EC members: RFC 7518, section 6.2).</summary>
internal static class JsonWebKeySet
{
    public static byte[] Write(IEnumerable<SigningKey> keys)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            json.WriteStartArray("keys");
            foreach (SigningKey key in keys)
            {
                json.WriteStartObject();
                json.WriteString("kty", "EC");
                json.WriteString("use", "sig");
                json.WriteString("alg", "ES256");
                json.WriteString("kid", key.Id);
                json.WriteString("crv", "P-256");
                json.WriteString("x", StrictBase64Url.Encode(key.PublicParameters.Q.X));
                json.WriteString("y", StrictBase64Url.Encode(key.PublicParameters.Q.Y));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }
}
