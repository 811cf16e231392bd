using Polly;

namespace Florin.Providers.Resilience;

/// <summary>Bounds how many requests are under way and how many wait, so that a slow provider does not take the whole process with it.</summary>
/// <param name="waitMax">What a refused caller is told to wait.</param>
internal sealed class BulkheadStrategy(PlaceQueue places, TimeSpan waitMax) : ResilienceStrategy<ProviderAttempt>
{
    protected override async ValueTask<Outcome<ProviderAttempt>> ExecuteCore<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<ProviderAttempt>>> callback, ResilienceContext context, TState state)
    {
        ProviderCall call = context.Properties.GetValue(ProviderPipeline.CallKey, null!);
        if (!await places.TryEnterAsync(call.MovesMoney, context.CancellationToken))
        {
            return Outcome.FromResult(new ProviderAttempt(Delivery.Refused, "too many requests under way") { RetryAfter = waitMax });
        }

        try
        {
            return await callback(context, state);
        }
        finally
        {
            places.Leave();
        }
    }
}
