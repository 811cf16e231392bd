using System.Text.Json;
using Florin.Providers.Resilience;
using Microsoft.Extensions.Logging;

namespace Florin.Providers.PayPal;

/// <summary>Says what the last attempt of a call means.</summary>
/// <remarks>
/// Requests with an effect: 2xx that can be read is what the reader says. 400, 403, 404 and 422 with PayPal's own error object go by its issue: declined; not
/// sent when it is our account; unknown when an earlier request is under way or has used up the invoice. 401 is our client: not sent. 429 and no connection
/// are not sent, if no earlier attempt of the call may have arrived. All else is unknown.
/// </remarks>
internal sealed class PayPalOutcomes(string provider, ProviderMetrics metrics, ILogger logger) : ProviderOutcomes(provider, metrics, logger)
{
    /// <param name="read">The outcome that a readable answer stands for; null when it is not such an object.</param>
    public ProviderOutcome<T> Outcome<T>(PayPalCall call, ProviderAttempt attempt, Func<JsonElement, ProviderOutcome<T>?> read)
        where T : class
        => Count(call.Call, attempt, Classify(call.Call, attempt, read));

    /// <summary>A decline of our own, before anything left.</summary>
    public ProviderOutcome<T> Refused<T>(string operation, string code)
        where T : class => Refused<T>(operation, code, PayPalRefusals.Message(code));

    /// <summary>A refusal that says nothing about an earlier request under the same key.</summary>
    public ProviderOutcome<T> Unsure<T>(PayPalCall call, ProviderAttempt attempt, string reason)
        where T : class => Count(call.Call, attempt, Unknown<T>(attempt, reason));

    public ProviderLookup<T> Lookup<T>(PayPalCall call, ProviderAttempt attempt, Func<JsonElement, T?> read)
        where T : class
    {
        string operation = call.Call.Operation;
        if (attempt.IsSuccess)
        {
            return Read(attempt, read) is { } value ? Found(operation, value) : Unavailable<T>(operation, "the answer cannot be read");
        }

        NoteRefusedKey(operation, attempt);

        return attempt is { Delivery: Delivery.Answered, Status: 404 } && PayPalErrors.Read(attempt) is not null
            ? NotFound<T>(operation)
            : Unavailable<T>(operation, attempt.Reason);
    }

    private ProviderOutcome<T> Classify<T>(ProviderCall call, ProviderAttempt attempt, Func<JsonElement, ProviderOutcome<T>?> read)
        where T : class
    {
        switch (attempt)
        {
            case { IsSuccess: true }:
                return Read(attempt, read) ?? Unknown<T>(attempt, $"{attempt.Reason} with a body that cannot be read");

            case { Delivery: Delivery.Answered, Status: Unauthorised }:
                NoteRefusedKey(call.Operation, attempt);
                return NotSent<T>(call, attempt, "the provider refuses our client (HTTP 401): check the configuration");

            case { Delivery: Delivery.Answered, Status: 400 or 403 or 404 or 422 }:
                return PayPalErrors.Read(attempt) switch
                {
                    null => Unknown<T>(attempt, $"{attempt.Reason} without the provider's error object"),
                    { Kind: PayPalErrorKind.OurAccount } error => NotSent<T>(call, attempt, $"the provider does not permit this to our account: {error.Issue}"),
                    { Kind: PayPalErrorKind.Ambiguous } error => Unknown<T>(attempt, $"an earlier request may have been carried out: {error.Issue}"),
                    { } error => new ProviderOutcome<T>.Declined(error.Issue, error.Message),
                };

            case { IsThrottled: true } or { Delivery: Delivery.Refused or Delivery.Unreachable }:
                return NotSent<T>(call, attempt, attempt.Reason);

            default:
                return Unknown<T>(attempt, attempt.Reason);
        }
    }
}
