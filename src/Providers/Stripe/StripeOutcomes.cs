using System.Text.Json;
using Florin.Providers.Resilience;
using Microsoft.Extensions.Logging;

namespace Florin.Providers.Stripe;

/// <summary>Says what the last attempt of a call means.</summary>
/// <remarks>
/// Requests with an effect: 2xx that can be read is accepted. 400, 402 and 404 with Stripe's own error object are declined. 401 and 403 are our key, not the
/// customer: not sent. 429 and no connection are not sent, if no earlier attempt of the call may have arrived. All else is unknown: time-out, lost
/// connection, 5xx, 409, a body that cannot be read, and a key that was used with other content, because that earlier request may have moved money
/// (fault U-15: look the original up). A 4xx without Stripe's error object came from something in between and proves nothing about earlier attempts.
/// </remarks>
internal sealed class StripeOutcomes(string provider, ProviderMetrics metrics, ILogger logger) : ProviderOutcomes(provider, metrics, logger)
{
    private const int Forbidden = 403;

    public ProviderOutcome<T> Outcome<T>(ProviderCall call, ProviderAttempt attempt, Func<JsonElement, T?> read)
        where T : class => Count(call, attempt, Classify(call, attempt, read));

    /// <summary>A decline of our own, before anything left.</summary>
    public ProviderOutcome<T> Refused<T>(string operation, string code)
        where T : class => Refused<T>(operation, code, StripeRefusals.Message(code));

    public ProviderLookup<T> Lookup<T>(ProviderCall call, ProviderAttempt attempt, Func<JsonElement, T?> read)
        where T : class
    {
        if (attempt.IsSuccess)
        {
            return Read(attempt, read) is { } value
                ? Found(call.Operation, value)
                : Unavailable<T>(call.Operation, "the answer cannot be read");
        }

        NoteRefusedKey(call.Operation, attempt);

        // A list whose cursor is gone says so with 400.
        return attempt is { Delivery: Delivery.Answered, Status: 400 or 404 } && StripeErrors.Read(attempt) is { IsMissing: true }
            ? NotFound<T>(call.Operation)
            : Unavailable<T>(call.Operation, attempt.Reason);
    }

    private ProviderOutcome<T> Classify<T>(ProviderCall call, ProviderAttempt attempt, Func<JsonElement, T?> read)
        where T : class
    {
        switch (attempt)
        {
            case { IsSuccess: true }:
                return Read(attempt, read) is { } value
                    ? new ProviderOutcome<T>.Accepted(value)
                    : Unknown<T>(attempt, $"{attempt.Reason} with a body that cannot be read");

            case { Delivery: Delivery.Answered, Status: Unauthorised }:
                NoteRefusedKey(call.Operation, attempt);
                return NotSent<T>(call, attempt, "the provider refuses our API key (HTTP 401): check the configuration");

            case { Delivery: Delivery.Answered, Status: 400 or 402 or 403 or 404 }:
                return StripeErrors.Read(attempt) switch
                {
                    null => Unknown<T>(attempt, $"{attempt.Reason} without the provider's error object"),
                    { IsKeyReuse: true } => Unknown<T>(attempt, "the idempotency key was used before with other content"),

                    // Our key, not the customer; checked before the idempotency key is looked up, so it says nothing of an earlier call.
                    { } when attempt.Status == Forbidden => NotSent<T>(
                        call, attempt, "the provider does not permit this to our API key (HTTP 403): check the configuration"),
                    { } error => new ProviderOutcome<T>.Declined(error.Code, error.Message),
                };

            case { IsThrottled: true } or { Delivery: Delivery.Refused or Delivery.Unreachable }:
                return NotSent<T>(call, attempt, attempt.Reason);

            default:
                return Unknown<T>(attempt, attempt.Reason);
        }
    }
}
