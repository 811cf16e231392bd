using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Florin.Providers.Resilience;

/// <summary>What is the same at every provider when the last attempt of a call is given its meaning: counting, reading, and what "not sent" may be said of.</summary>
internal abstract class ProviderOutcomes(string provider, ProviderMetrics metrics, ILogger logger)
{
    protected const int Unauthorised = 401;

    /// <summary>A read that had to come first failed: nothing was sent.</summary>
    public ProviderOutcome<T> NotSent<T>(string operation, string reason)
        where T : class
    {
        metrics.Count(provider, operation, "not_sent");
        return new ProviderOutcome<T>.NotSent(reason);
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

    /// <summary>A decline of our own, before anything left.</summary>
    protected ProviderOutcome<T> Refused<T>(string operation, string code, string message)
        where T : class
    {
        metrics.Count(provider, operation, "declined");
        return new ProviderOutcome<T>.Declined(code, message);
    }

    protected ProviderOutcome<T> Count<T>(ProviderCall call, ProviderAttempt attempt, ProviderOutcome<T> outcome)
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
                throw new UnreachableException();
        }

        return outcome;
    }

    /// <summary>Tells an operator that our credentials are refused, when they are.</summary>
    protected void NoteRefusedKey(string operation, ProviderAttempt attempt)
    {
        if (attempt is { Delivery: Delivery.Answered, Status: Unauthorised })
        {
            ProviderLog.KeyRefused(logger, provider, operation, attempt.RequestId);
        }
    }

    /// <summary>Not sent is said of the whole call: it is no longer true when an earlier attempt may have arrived.</summary>
    protected static ProviderOutcome<T> NotSent<T>(ProviderCall call, ProviderAttempt attempt, string reason)
        => call.MayHaveArrived ? Unknown<T>(attempt, $"an earlier attempt may have arrived; then: {reason}") : new ProviderOutcome<T>.NotSent(reason, attempt.RetryAfter);

    protected static ProviderOutcome<T>.Unknown Unknown<T>(ProviderAttempt attempt, string reason) => new(reason, BodyMask.Apply(attempt.Body));

    protected static T? Read<T>(ProviderAttempt attempt, Func<JsonElement, T?> read)
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
