using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Florin.Server.Http;

/// <summary>The fingerprint of a request's meaning.</summary>
internal static class RequestHash
{
    /// <summary>SHA-256, hexadecimal, of length-prefixed names and values in the given order.</summary>
    public static string Of(IEnumerable<(string Name, string Value)> fields)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach ((string name, string value) in fields)
        {
            foreach (string part in (ReadOnlySpan<string>)[name, value])
            {
                byte[] bytes = Encoding.UTF8.GetBytes(part);
                BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
                hash.AppendData(length);
                hash.AppendData(bytes);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
