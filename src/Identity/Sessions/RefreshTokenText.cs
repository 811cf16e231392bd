using System.Security.Cryptography;
using System.Text;
using Florin.Identity.Jose;
using Florin.Ledger;

namespace Florin.Identity.Sessions;

/// <summary>The text of a refresh token: <c>flr_</c> and 256 random bits. The database keeps its SHA-256.</summary>
internal static class RefreshTokenText
{
    private const string Prefix = "flr_";
    private const int SecretBytes = 32;
    private const int Length = 4 + 43;

    public static string New(IdSource ids) => Prefix + StrictBase64Url.Encode(ids.NextSecret(SecretBytes));

    /// <summary>The stored form; <see langword="null"/> for text that no refresh token has.</summary>
    public static byte[]? TryHash(string? text) =>
        text is { Length: Length } && text.StartsWith(Prefix, StringComparison.Ordinal) && StrictBase64Url.TryDecode(text.AsSpan(Prefix.Length), out _)
            ? SHA256.HashData(Encoding.ASCII.GetBytes(text))
            : null;
}
