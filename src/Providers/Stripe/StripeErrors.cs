using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.Stripe;

/// <param name="Code">The issuer's decline code, else Stripe's code, else its type.</param>
internal sealed record StripeError(string Type, string Code, string Message)
{
    /// <summary>The key was used before, with other content. That earlier request may have moved money.</summary>
    public bool IsKeyReuse => Type == "idempotency_error";

    public bool IsMissing => Code == "resource_missing";
}

/// <summary>Reads Stripe's error object.</summary>
internal static class StripeErrors
{
    private const int MessageLengthMax = 500;

    /// <returns>Null when the body is not Stripe's: then somebody else answered, or half of it is missing.</returns>
    public static StripeError? Read(ProviderAttempt attempt)
    {
        if (!attempt.BodyIsWhole || !ProviderJson.TryParse(attempt.Body, out JsonDocument? document))
        {
            return null;
        }

        using (document)
        {
            if (document.RootElement.Object("error") is not { } error || error.Text("type") is not { Length: > 0 } type)
            {
                return null;
            }

            string message = error.Text("message") ?? string.Empty;
            return new StripeError(
                type,
                error.Text("decline_code") ?? error.Text("code") ?? type,
                message.Length <= MessageLengthMax ? message : message[..MessageLengthMax]);
        }
    }
}
