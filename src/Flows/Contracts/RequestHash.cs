using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Florin.Flows;

/// <summary>The fingerprint of a request, which tells a retry from another request under the same idempotency key (fault I-02).</summary>
public static class RequestHash
{
    /// <summary>SHA-256, lower-case hexadecimal, over the length-prefixed parts: no two different requests have one text.</summary>
    /// <param name="endpoint"><c>POST /payments/deposit</c>.</param>
    /// <param name="fields">
    /// What the request means, in a fixed order and in canonical form (an amount in smallest units, an upper-case currency), so that another spelling of the
    /// same request is the same. A missing field is <see langword="null"/>, which differs from an empty one.
    /// </param>
    public static string Of(string endpoint, params ReadOnlySpan<string?> fields)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, "florin/request/v1");
        Append(hash, endpoint);
        foreach (string? field in fields)
        {
            Append(hash, field);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, string? part)
    {
        byte[] bytes = part is null ? [] : Encoding.UTF8.GetBytes(part);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, part is null ? -1 : bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
