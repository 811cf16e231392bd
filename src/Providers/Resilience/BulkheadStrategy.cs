using System.Threading.RateLimiting;
using Polly;

namespace Florin.Providers.Resilience;

/// <summary>Bounds how many requests are under way and how many wait, so that a slow provider does not take the whole process with it.</summary>
internal sealed class BulkheadStrategy(ConcurrencyLimiter limiter, TimeSpan waitMax, TimeProvider timeProvider) : ResilienceStrategy<ProviderAttempt>
{
    protected override async ValueTask<Outcome<ProviderAttempt>> ExecuteCore<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<ProviderAttempt>>> callback, ResilienceContext context, TState state)
    {
        using RateLimitLease? lease = limiter.AttemptAcquire() is { IsAcquired: true } free ? free : await WaitAsync(context.CancellationToken);
        return lease is { IsAcquired: true }
            ? await callback(context, state)
            : Outcome.FromResult(new ProviderAttempt(Delivery.Refused, "too many requests under way") { RetryAfter = waitMax });
    }

    private async ValueTask<RateLimitLease?> WaitAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = new(waitMax, timeProvider);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await limiter.AcquireAsync(1, linked.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
