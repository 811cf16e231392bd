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
internal sealed class StripeOutcomes(string provider, ProviderMetrics metrics, ILogger logger)
{
    private const int Unauthorised = 401;
    private const int Forbidden = 403;

    public ProviderOutcome<T> Outcome<T>(ProviderCall call, ProviderAttempt attempt, Func<JsonElement, T?> read)
        where T : class
    {
        ProviderOutcome<T> outcome = Classify(call, attempt, read);
        switch (outcome)
        {
            case ProviderOutcome<T>.Accepted:
                metrics.Count(provider, call.Operation, "accepted");
                break;
            case ProviderOutcome<T>.Declined:
                metrics.Count(provider, call.Operation, "declined");
                break;
            case ProviderOutcome<T>.NotSent:
                metrics.Count(provider, call.Operation, "not_sent");
                break;
            case ProviderOutcome<T>.Unknown unknown:
                metrics.Count(provider, call.Operation, "unknown");
                ProviderLog.OutcomeUnknown(logger, provider, call.Operation, call.Attempts, unknown.Reason, attempt.RequestId);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }

        return outcome;
    }

    /// <summary>A decline of our own, before anything left.</summary>
    public ProviderOutcome<T> Refused<T>(string operation, string code)
        where T : class
    {
        metrics.Count(provider, operation, "declined");
        return new ProviderOutcome<T>.Declined(code, StripeRefusals.Message(code));
    }

    public ProviderLookup<T> Lookup<T>(ProviderCall call, ProviderAttempt attempt, Func<JsonElement, T?> read)
        where T : class
    {
        if (attempt.IsSuccess)
        {
            return Read(attempt, read) is { } value
                ? Found(call.Operation, value)
                : Unavailable<T>(call.Operation, "the answer cannot be read");
        }

        if (attempt is { Delivery: Delivery.Answered, Status: Unauthorised })
        {
            ProviderLog.KeyRefused(logger, provider, call.Operation, attempt.RequestId);
        }

        // A list whose cursor is gone says so with 400.
        return attempt is { Delivery: Delivery.Answered, Status: 400 or 404 } && StripeErrors.Read(attempt) is { IsMissing: true }
            ? NotFound<T>(call.Operation)
            : Unavailable<T>(call.Operation, attempt.Reason);
    }

    public ProviderLookup<T> Found<T>(string operation, T value)
    {
        metrics.Count(provider, operation, "found");
        return new ProviderLookup<T>.Found(value);
    }

    public ProviderLookup<T> NotFound<T>(string operation)
    {
        metrics.Count(provider, operation, "not_found");
        return new ProviderLookup<T>.NotFound();
    }

    public ProviderLookup<T> Unavailable<T>(string operation, string reason)
    {
        metrics.Count(provider, operation, "unavailable");
        return new ProviderLookup<T>.Unavailable(reason);
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
                ProviderLog.KeyRefused(logger, provider, call.Operation, attempt.RequestId);
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

    /// <summary>Not sent is said of the whole call: it is no longer true when an earlier attempt may have arrived.</summary>
    private static ProviderOutcome<T> NotSent<T>(ProviderCall call, ProviderAttempt attempt, string reason)
        => call.MayHaveArrived ? Unknown<T>(attempt, $"an earlier attempt may have arrived; then: {reason}") : new ProviderOutcome<T>.NotSent(reason, attempt.RetryAfter);

    private static ProviderOutcome<T>.Unknown Unknown<T>(ProviderAttempt attempt, string reason) => new(reason, BodyMask.Apply(attempt.Body));

    private static T? Read<T>(ProviderAttempt attempt, Func<JsonElement, T?> read)
        where T : class
    {
        if (!attempt.BodyIsWhole || !ProviderJson.TryParse(attempt.Body, out JsonDocument? document))
        {
            return null;
        }

        using (document)
        {
            return read(document.RootElement);
        }
    }
}
