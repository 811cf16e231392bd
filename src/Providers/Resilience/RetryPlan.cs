namespace Florin.Providers.Resilience;

/// <summary>Decides whether and when an attempt is repeated.</summary>
/// <remarks>
/// The policy, in the order in which it is read:
/// what we refused ourselves is not repeated: the caller comes back later; no connection, 429 and 409 (the same key is being worked on) are repeated for
/// every call, for they certainly did nothing more; a lost answer and a 5xx are repeated for reads and for changes that move no money, under the same
/// idempotency key, and never for money: Stripe replays a stored 500 to its key, so that a repeat could learn nothing, and an unknown outcome is resolved
/// by asking, not by a second attempt (fault U-01). A provider that answers a repeat by the original's state is repeated for money too. The provider's "should not be retried" wins over all of that. No repeat starts beyond the budget.
/// </remarks>
internal sealed class RetryPlan(ResilienceOptions options, TimeProvider timeProvider, Func<double> jitter)
{
    /// <summary>Plans the repeat and notes its back-off in the call.</summary>
    /// <param name="repeats">How many repeats there were already.</param>
    public bool MayRepeat(ProviderCall call, ProviderAttempt attempt, int repeats)
    {
        if (!IsWorthRepeating(call.Kind, attempt) || attempt.ShouldRetry == false)
        {
            return false;
        }

        TimeSpan delay = Delay(repeats, attempt.RetryAfter);
        if (timeProvider.GetElapsedTime(call.StartedAt) + delay > options.RetryBudget)
        {
            return false;
        }

        call.NextDelay = delay;
        return true;
    }

    private static bool IsWorthRepeating(CallKind kind, ProviderAttempt attempt) => attempt.Delivery switch
    {
        Delivery.Refused => false,
        Delivery.Unreachable => true,
        Delivery.Lost => kind != CallKind.Money,
        Delivery.Answered => attempt.IsThrottled || attempt.IsConflict || (attempt.IsServerError && kind != CallKind.Money),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>First · 2^n up to the bound, times 0.5 to 1, never below the first and never below <c>Retry-After</c>.</summary>
    private TimeSpan Delay(int repeats, TimeSpan? retryAfter)
    {
        TimeSpan full = options.RetryDelayFirst * (1L << Math.Min(repeats, 20));
        TimeSpan bounded = full < options.RetryDelayMax ? full : options.RetryDelayMax;
        TimeSpan jittered = bounded * (0.5 + (jitter() / 2));
        TimeSpan delay = jittered > options.RetryDelayFirst ? jittered : options.RetryDelayFirst;
        return retryAfter is { } asked && asked > delay ? asked : delay;
    }
}
