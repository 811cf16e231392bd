using Polly;

namespace Florin.Providers.Resilience;

/// <summary>Keeps us below the provider's rate limits, which count reads and writes apart.</summary>
internal sealed class RateStrategy(RequestRate reads, RequestRate writes, TimeProvider timeProvider) : ResilienceStrategy<ProviderAttempt>
{
    protected override async ValueTask<Outcome<ProviderAttempt>> ExecuteCore<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<ProviderAttempt>>> callback, ResilienceContext context, TState state)
    {
        ProviderCall call = context.Properties.GetValue(ProviderPipeline.CallKey, null!);
        RequestRate rate = call.Kind == CallKind.Read ? reads : writes;
        if (!rate.TryReserve(out TimeSpan wait))
        {
            return Outcome.FromResult(new ProviderAttempt(Delivery.Refused, "our own rate limit is used up") { RetryAfter = wait });
        }

        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, timeProvider, context.CancellationToken);
        }

        return await callback(context, state);
    }
}
