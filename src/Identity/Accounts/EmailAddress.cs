using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Florin.Identity.Accounts;

/// <summary>An e-mail address as people have them: the dot-atom form of RFC 5321, section 4.1.2, in ASCII.</summary>
/// <remarks>
/// Quoted local parts, address literals and non-ASCII addresses (RFC 6531) are refused: their many spellings of one mailbox make two accounts
/// look like one person's, or one like another's.
/// </remarks>
internal readonly record struct EmailAddress
{
    /// <summary>RFC 5321, section 4.5.3.1.3, less the angle brackets.</summary>
    public const int LengthMax = 254;

    private const int LocalPartMax = 64;
    private const int LabelMax = 63;

    private static readonly SearchValues<char> Atom =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~");

    private static readonly SearchValues<char> Label =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");

    private EmailAddress(string text)
    {
        Text = text;
        Normalized = text.ToLowerInvariant();
    }

    /// <summary>As the user wrote it: where mail is sent.</summary>
    public string Text { get; }

    /// <summary>As it is compared. Local parts differ by case in theory (RFC 5321, section 2.4) and in no mailbox that is in use.</summary>
    public string Normalized { get; }

    public static bool TryParse([NotNullWhen(true)] string? text, out EmailAddress address)
    {
        address = default;
        if (text is null || text.Length > LengthMax)
        {
            return false;
        }

        int at = text.LastIndexOf('@');
        if (at is < 1 or > LocalPartMax || !IsDotAtom(text.AsSpan(0, at)) || !IsDomain(text.AsSpan(at + 1)))
        {
            return false;
        }

        address = new EmailAddress(text);
        return true;
    }

    private static bool IsDotAtom(ReadOnlySpan<char> text)
    {
        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> atom = text[range];
            if (atom.IsEmpty || atom.ContainsAnyExcept(Atom))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsDomain(ReadOnlySpan<char> text)
    {
        int labels = 0;
        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> label = text[range];
            if (label.IsEmpty || label.Length > LabelMax || label.ContainsAnyExcept(Label) || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }

            labels++;
        }

        return labels >= 2;
    }
}
