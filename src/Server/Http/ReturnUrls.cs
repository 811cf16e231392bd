using Florin.Payments;

namespace Florin.Server.Http;

/// <summary>Addresses that a payer's browser is sent back to.</summary>
internal static class ReturnUrls
{
    /// <returns><see langword="null"/> when it is absent; what is no such address is noted.</returns>
    public static string? ReturnUrl(this RequestBody body, string name)
    {
        string? url = body.OptionalText(name, 1, PaymentOrder.ReturnUrlLengthMax);
        if (url is { Length: > 0 } && !PaymentOrder.IsReturnUrl(url))
        {
            body.AddError(name, "must be an absolute https address");
        }

        return url;
    }
}
