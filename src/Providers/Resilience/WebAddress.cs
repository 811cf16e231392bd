namespace Florin.Providers.Resilience;

/// <summary>Addresses that providers name for the payer's browser.</summary>
internal static class WebAddress
{
    private const int LengthMax = 2_048;

    /// <summary>The text when a browser can be sent there without harm, else null. Plain HTTP is the sandbox's.</summary>
    public static string? Of(string? text) =>
        text is { Length: <= LengthMax } && Uri.TryCreate(text, UriKind.Absolute, out Uri? address)
            && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
            ? text
            : null;
}
