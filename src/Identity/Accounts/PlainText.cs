using System.Text;

namespace Florin.Identity.Accounts;

/// <summary>Text from outside that people will read.</summary>
internal static class PlainText
{
    /// <summary>Unicode code points: what a user counts as characters, near enough (NIST SP 800-63B, section 3.1.1.2).</summary>
    public static int Length(string text) => text.EnumerateRunes().Count();

    /// <summary>Whether the text is well-formed Unicode. A lone surrogate is not: every one would be stored and hashed as the same replacement.</summary>
    public static bool IsWellFormed(string text)
    {
        for (int index = 0; index < text.Length; index++)
        {
            if (Rune.TryGetRuneAt(text, index, out Rune rune))
            {
                index += rune.Utf16SequenceLength - 1;
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a label may be stored and shown: well-formed, no control characters (a database refuses NUL), no blank ends, not blank.</summary>
    public static bool IsLabel(string text, int lengthMax) =>
        IsWellFormed(text)
        && !text.Any(char.IsControl)
        && text.Length > 0
        && !char.IsWhiteSpace(text[0])
        && !char.IsWhiteSpace(text[^1])
        && Length(text) <= lengthMax;
}
