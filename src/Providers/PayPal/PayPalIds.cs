using System.Security.Cryptography;
using System.Text;

namespace Florin.Providers.PayPal;

/// <summary>What may go into a path, a header or a body as an id. Anything else is refused before it leaves.</summary>
internal static class PayPalIds
{
    private const int IdLengthMax = 64;
    private const int VaultIdLengthMax = 255;
    private const int KeyLengthMax = 255;
    private const int DestinationLengthMax = 127;
    private const int AccountIdLength = 13;

    /// <summary>A payout's reference is its item's id at PayPal, which is the shortest of all references.</summary>
    private const int ReferenceLengthMax = 63;

    /// <summary>The longest <c>PayPal-Request-Id</c> that Orders takes.</summary>
    private const int RequestIdLengthMax = 108;

    public static bool IsId(string text) => text.Length is > 0 and <= IdLengthMax && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    public static bool IsVaultId(string text) => text.Length is > 0 and <= VaultIdLengthMax && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    /// <summary>An account's id (Orders v2, <c>account_id</c>): thirteen digits and capitals, without those that look alike.</summary>
    public static bool IsAccountId(string text) =>
        text.Length == AccountIdLength && text.All(c => c is (>= '2' and <= '9') or (>= 'A' and <= 'Z' and not ('I' or 'O')));

    public static bool IsEmail(string text)
        => text.Length <= DestinationLengthMax && text.Split('@') is [{ Length: > 0 }, { Length: > 2 }] && text.All(c => c is > ' ' and < (char)0x7F and not ('"' or '\\'));

    /// <exception cref="ArgumentException">The caller's reference cannot be kept by the provider: a programmer error.</exception>
    public static void RequireReference(string reference)
    {
        if (reference.Length is 0 or > ReferenceLengthMax || !reference.All(c => c is >= ' ' and < (char)0x7F))
        {
            throw new ArgumentException($"A reference has 1 to {ReferenceLengthMax} printable ASCII characters.", nameof(reference));
        }
    }

    /// <summary>The header of one operation under the caller's key: each operation has its own, and the same at every repeat.</summary>
    /// <exception cref="ArgumentException">The key is empty, too long or not printable: a programmer error.</exception>
    public static string RequestId(string key, string operation)
    {
        if (key.Length is 0 or > KeyLengthMax || !key.All(c => c is > ' ' and < (char)0x7F))
        {
            throw new ArgumentException($"An idempotency key has 1 to {KeyLengthMax} printable ASCII characters.", nameof(key));
        }

        string plain = $"{key}-{operation}";
        return plain.Length <= RequestIdLengthMax ? plain : $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(key)))}-{operation}";
    }
}
