using System.Text;
using System.Text.RegularExpressions;

namespace Florin.Providers.Resilience;

/// <summary>Makes a provider's answer fit to be kept as evidence: cut to 4 KiB, without secrets and personal data. The answer need not be valid.</summary>
internal static partial class BodyMask
{
    /// <summary>The longest body that is kept, in bytes.</summary>
    public const int BytesMax = 4 * 1024;

    private const string Mask = "***";

    public static string? Apply(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
        {
            return null;
        }

        // Masked before it is cut, so that no secret is left half over; a value that is itself cut by the window has no closing quote and is masked to the end.
        string text = Encoding.UTF8.GetString(body.Span[..Math.Min(body.Length, 2 * BytesMax)]).Replace('\0', '\uFFFD');
        text = PersonalField().Replace(text, "${name}\"" + Mask + "\"");
        text = Secret().Replace(text, Mask);
        text = LongNumber().Replace(text, Mask);
        return Cut(text);
    }

    private static string Cut(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length <= BytesMax)
        {
            return text;
        }

        int end = BytesMax;
        while ((bytes[end] & 0xC0) == 0x80)
        {
            end--;
        }

        return Encoding.UTF8.GetString(bytes, 0, end);
    }

    [GeneratedRegex(
        """(?<name>"(client_secret|email|name|phone|line1|line2|city|postal_code|account_number|routing_number|ip_address|user_agent|receipt_email|receipt_url|secret|access_token|email_address|account_id|payer_id|given_name|surname|full_name|address_line_1|address_line_2|national_number|receiver)"\s*:\s*)"([^"\\]|\\.)*("|$|\\$)""",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex PersonalField();

    [GeneratedRegex("""(sk|rk|pk)_(test|live)_[A-Za-z0-9*]+|whsec_[A-Za-z0-9]+|_secret_[A-Za-z0-9]+""", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Secret();

    [GeneratedRegex("[0-9]{12,}", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex LongNumber();
}
