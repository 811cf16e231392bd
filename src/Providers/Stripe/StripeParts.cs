using Florin.Providers.Resilience;
using Microsoft.Extensions.Logging;

namespace Florin.Providers.Stripe;

/// <summary>Puts the connector together.</summary>
internal sealed class StripeParts
{
    private const string LogCategory = "Florin.Providers.Stripe";

    public StripeParts(
        StripeOptions options, HttpClient http, TimeProvider timeProvider, ProviderMetrics metrics, ILoggerFactory loggers, Func<double> jitter)
    {
        options.Validate();
        const string name = StripePaymentProvider.ProviderName;
        ILogger logger = loggers.CreateLogger(LogCategory);
        ProviderTransport transport = new(name, http, options.Resilience, timeProvider, logger);
        ProviderPipeline pipeline = new(name, transport, options.Resilience, timeProvider, jitter, logger);
        StripeClient client = new(options, pipeline, timeProvider);
        StripeOutcomes outcomes = new(name, metrics, logger);
        StripeList list = new(client, outcomes);
        StripeSearch search = new(name, list, outcomes, logger);
        Acquirer = new StripeAcquirer(client, outcomes, search, new StripeDisputes(client, outcomes));
        Sources = new StripePaymentSources(client, outcomes);
        Settlements = new StripeSettlements(client, outcomes, list);
        Provider = new StripePaymentProvider(
            client,
            outcomes,
            search,
            new StripeEventFeed(list, outcomes),
            new StripeWebhookVerifier(options, timeProvider));
    }

    public StripePaymentProvider Provider { get; }

    public StripeAcquirer Acquirer { get; }

    public StripePaymentSources Sources { get; }

    public StripeSettlements Settlements { get; }
}
