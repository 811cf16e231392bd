using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace Florin.Providers.Resilience;

/// <summary>The way to one provider: retry around rate, bulkhead, breaker, and the attempt itself. One per provider and process; thread-safe.</summary>
/// <remarks>
/// The limits stand outside the breaker, so that what we refuse ourselves never counts as the provider's health; the retry stands outside all, so that it
/// holds no place while it waits, and stops at once when the breaker opens. The rate stands before the bulkhead for the same reason: reads that wait for
/// their second hold none of the places that payments need.
/// </remarks>
internal sealed class ProviderPipeline
{
    internal static readonly ResiliencePropertyKey<ProviderCall> CallKey = new("florin.call");

    private const double FailureShare = 0.5;

    private readonly ProviderTransport _transport;
    private readonly ResiliencePipeline<ProviderAttempt> _pipeline;

    public ProviderPipeline(
        string provider, ProviderTransport transport, ResilienceOptions options, TimeProvider timeProvider, Func<double> jitter, ILogger logger)
    {
        _transport = transport;
        PlaceQueue places = new(options.ConcurrentRequestsMax, options.QueuedRequestsMax, options.QueueWaitMax, timeProvider);
        RequestRate reads = new(options.RequestsPerSecond, options.QueueWaitMax, timeProvider);
        RequestRate writes = new(options.RequestsPerSecond, options.QueueWaitMax, timeProvider);
        ResiliencePipelineBuilder<ProviderAttempt> builder = new() { Name = provider, TimeProvider = timeProvider };
        _pipeline = builder
            .AddRetry(Retry(options, new RetryPlan(options, timeProvider, jitter)))
            .AddStrategy(_ => new RateStrategy(reads, writes, timeProvider), new RateOptions())
            .AddStrategy(_ => new BulkheadStrategy(places, options.QueueWaitMax), new BulkheadOptions())
            .AddCircuitBreaker(Breaker(provider, options, logger))
            .Build();
    }

    /// <summary>Runs a call to its last attempt.</summary>
    /// <param name="cancellationToken">Honoured until an attempt may have arrived.</param>
    public async ValueTask<ProviderAttempt> ExecuteAsync(ProviderCall call, CancellationToken cancellationToken)
    {
        ResilienceContext context = ResilienceContextPool.Shared.Get(call.Operation, cancellationToken);
        context.Properties.Set(CallKey, call);
        try
        {
            return await _pipeline.ExecuteAsync(
                static (context, state) => state._transport.SendAsync(context.Properties.GetValue(CallKey, null!), context.CancellationToken), context, this);
        }
        catch (BrokenCircuitException exception)
        {
            return new ProviderAttempt(Delivery.Refused, "the breaker is open") { RetryAfter = exception.RetryAfter };
        }
        catch (OperationCanceledException) when (call.MayHaveArrived && call.Kind != CallKind.Read)
        {
            // What may have arrived cannot be taken back: to give up waiting is an unknown outcome, not a cancellation.
            return new ProviderAttempt(Delivery.Lost, "given up while waiting to repeat");
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static RetryStrategyOptions<ProviderAttempt> Retry(ResilienceOptions options, RetryPlan plan) => new()
    {
        MaxRetryAttempts = options.RetriesMax,
        ShouldHandle = args => ValueTask.FromResult(
            args.Outcome.Result is { } attempt && plan.MayRepeat(args.Context.Properties.GetValue(CallKey, null!), attempt, args.AttemptNumber)),
        DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(args.Context.Properties.GetValue(CallKey, null!).NextDelay),
    };

    private static CircuitBreakerStrategyOptions<ProviderAttempt> Breaker(string provider, ResilienceOptions options, ILogger logger) => new()
    {
        FailureRatio = FailureShare,
        MinimumThroughput = options.BreakerRequestsMin,
        SamplingDuration = options.BreakerWindow,
        BreakDuration = options.BreakerPause,
        ShouldHandle = args => ValueTask.FromResult(args.Outcome.Result is { IsTrouble: true }),
        OnOpened = args =>
        {
            ProviderLog.BreakerOpened(logger, provider, args.BreakDuration);
            return ValueTask.CompletedTask;
        },
        OnClosed = _ =>
        {
            ProviderLog.BreakerClosed(logger, provider);
            return ValueTask.CompletedTask;
        },
    };

    private sealed class BulkheadOptions : ResilienceStrategyOptions
    {
        public BulkheadOptions() => Name = "bulkhead";
    }

    private sealed class RateOptions : ResilienceStrategyOptions
    {
        public RateOptions() => Name = "rate";
    }
}
