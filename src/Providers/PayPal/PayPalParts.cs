using Florin.Providers.Resilience;
using Microsoft.Extensions.Logging;

namespace Florin.Providers.PayPal;

/// <summary>Puts the connector together; owns its token and its certificates.</summary>
internal sealed class PayPalParts : IDisposable
{
    private const string LogCategory = "Florin.Providers.PayPal";

    private readonly PayPalTokens _tokens;
    private readonly PayPalCertificates _certificates;

    public PayPalParts(
        PayPalOptions options, HttpClient http, TimeProvider timeProvider, ProviderMetrics metrics, ILoggerFactory loggers, Func<double> jitter)
    {
        options.Validate();
        const string name = PayPalAcquirer.ProviderName;
        ILogger logger = loggers.CreateLogger(LogCategory);
        ProviderTransport transport = new(name, http, options.Resilience, timeProvider, logger);
        ProviderPipeline pipeline = new(name, transport, options.Resilience, timeProvider, jitter, logger);
        _tokens = new PayPalTokens(options, pipeline, timeProvider);
        _certificates = new PayPalCertificates(options, http, timeProvider);
        PayPalClient client = new(options, _tokens, pipeline, timeProvider);
        PayPalOutcomes outcomes = new(name, metrics, logger);
        PayPalReads reads = new(client, outcomes);
        Acquirer = new PayPalAcquirer(client, outcomes, reads, new PayPalDisputes(client, outcomes, reads));
        Payouts = new PayPalPayouts(client, outcomes);
        Vault = new PayPalVault(client, outcomes, reads);
        Events = new PayPalEventFeed(client, outcomes, options, timeProvider);
        Settlements = new PayPalSettlements(new PayPalTransactions(client, outcomes), reads, client, outcomes, timeProvider);
        Webhooks = new PayPalWebhookVerifier(options, _certificates, timeProvider);
    }

    public PayPalAcquirer Acquirer { get; }

    public PayPalPayouts Payouts { get; }

    public PayPalVault Vault { get; }

    public PayPalEventFeed Events { get; }

    public PayPalSettlements Settlements { get; }

    public PayPalWebhookVerifier Webhooks { get; }

    public void Dispose()
    {
        _tokens.Dispose();
        _certificates.Dispose();
    }
}
