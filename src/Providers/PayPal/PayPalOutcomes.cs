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
internal sealed class PayPalOutcomes(string provider, ProviderMetrics metrics, ILogger logger)
{
    private const int Unauthorised = 401;

    /// <param name="read">The outcome that a readable answer stands for; null when it is not such an object.</param>
    public ProviderOutcome<T> Outcome<T>(PayPalCall call, ProviderAttempt attempt, Func<JsonElement, ProviderOutcome<T>?> read)
        where T : class
        => Count(call.Call, attempt, Classify(call.Call, attempt, read));

    /// <summary>A decline of our own, before anything left.</summary>
    public ProviderOutcome<T> Refused<T>(string operation, string code)
        where T : class
    {
        metrics.Count(provider, operation, "declined");
        return new ProviderOutcome<T>.Declined(code, PayPalRefusals.Message(code));
    }

    /// <summary>A read that had to come first failed: nothing was sent.</summary>
    public ProviderOutcome<T> NotSent<T>(string operation, string reason)
        where T : class
    {
        metrics.Count(provider, operation, "not_sent");
        return new ProviderOutcome<T>.NotSent(reason);
    }

    public ProviderLookup<T> Lookup<T>(PayPalCall call, ProviderAttempt attempt, Func<JsonElement, T?> read)
        where T : class
    {
        string operation = call.Call.Operation;
        if (attempt.IsSuccess)
        {
            return Read(attempt, read) is { } value ? Found(operation, value) : Unavailable<T>(operation, "the answer cannot be read");
        }

        if (attempt is { Delivery: Delivery.Answered, Status: Unauthorised })
        {
            ProviderLog.KeyRefused(logger, provider, operation, attempt.RequestId);
        }

        return attempt is { Delivery: Delivery.Answered, Status: 404 } && PayPalErrors.Read(attempt) is not null
            ? NotFound<T>(operation)
            : Unavailable<T>(operation, attempt.Reason);
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

    private ProviderOutcome<T> Count<T>(ProviderCall call, ProviderAttempt attempt, ProviderOutcome<T> outcome)
    {
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

    private ProviderOutcome<T> Classify<T>(ProviderCall call, ProviderAttempt attempt, Func<JsonElement, ProviderOutcome<T>?> read)
        where T : class
    {
        switch (attempt)
        {
            case { IsSuccess: true }:
                return Read(attempt, read) ?? Unknown<T>(attempt, $"{attempt.Reason} with a body that cannot be read");

            case { Delivery: Delivery.Answered, Status: Unauthorised }:
                ProviderLog.KeyRefused(logger, provider, call.Operation, attempt.RequestId);
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
