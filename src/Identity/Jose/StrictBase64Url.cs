using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace Florin.Identity.Jose;

/// <summary>Base64url without padding (RFC 7515, section 2), of which each byte string has exactly one spelling.</summary>
/// <remarks>
/// The framework's decoder also takes white space, padding and stray bits at the end; a verifier that takes them has many spellings of one
/// token, which defeats every comparison and every block list.
/// </remarks>
internal static class StrictBase64Url
{
    public static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    public static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text.Length % 4 == 1 || text.ContainsAnyExcept(Alphabet))
        {
            return false;
        }

        byte[] decoded = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        bool decodes = Base64Url.DecodeFromChars(text, decoded, out int consumed, out int written) == OperationStatus.Done
            && consumed == text.Length
            && written == decoded.Length;

        // The last character may carry bits that belong to no byte; only zeros have one spelling.
        if (!decodes || !text.SequenceEqual(Base64Url.EncodeToString(decoded)))
        {
            return false;
        }

        bytes = decoded;
        return true;
    }

    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}
