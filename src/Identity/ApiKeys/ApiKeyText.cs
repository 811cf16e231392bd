using System.Security.Cryptography;
using System.Text;
using Florin.Identity.Jose;
using Florin.Ledger;

namespace Florin.Identity.ApiKeys;

/// <summary>
/// The text of an API key: <c>flk_</c>, 12 hexadecimal digits that find it, <c>_</c>, 256 random bits in base64url. The first part is public and
/// lets secret scanners recognise a leaked key; the whole is compared by its SHA-256.
/// </summary>
internal readonly record struct ApiKeyText
{
    public const string Marker = "flk_";

    private const int FinderBytes = 6;
    private const int SecretBytes = 32;
    private const int PrefixLength = 16;
    private const int SecretLength = 43;
    private const int Length = PrefixLength + 1 + SecretLength;

    private static readonly System.Buffers.SearchValues<char> LowerHex = System.Buffers.SearchValues.Create("0123456789abcdef");

    private ApiKeyText(string prefix, byte[] hash)
    {
        Prefix = prefix;
        Hash = hash;
    }

    public string Prefix { get; }

    public byte[] Hash { get; }

    public static string New(IdSource ids) =>
        $"{Marker}{Convert.ToHexStringLower(ids.NextSecret(FinderBytes))}_{StrictBase64Url.Encode(ids.NextSecret(SecretBytes))}";

    public static bool TryParse(string? text, out ApiKeyText key)
    {
        key = default;
        if (text is not { Length: Length }
            || !text.StartsWith(Marker, StringComparison.Ordinal)
            || text.AsSpan(Marker.Length, PrefixLength - Marker.Length).ContainsAnyExcept(LowerHex)
            || text[PrefixLength] != '_'
            || !StrictBase64Url.TryDecode(text.AsSpan(PrefixLength + 1), out _))
        {
            return false;
        }

        key = new ApiKeyText(text[..PrefixLength], SHA256.HashData(Encoding.ASCII.GetBytes(text)));
        return true;
    }
}
