using Florin.Providers.PayPal;
using Florin.Providers.Resilience;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Florin.Providers;

/// <summary>Registers PayPal.</summary>
public static class PayPalServiceCollectionExtensions
{
    /// <summary>
    /// Registers PayPal as an <see cref="IAcquirer"/>, an <see cref="IPayoutProvider"/>, an <see cref="ISourceVault"/>, an <see cref="ISettlementSource"/>, an
    /// <see cref="IEventFeed"/> and an <see cref="IWebhookVerifier"/>. Uses the registered <see cref="TimeProvider"/>, logging and meters.
    /// </summary>
    /// <exception cref="ArgumentException">The options cannot be used; the message says why and holds no secret.</exception>
    public static IServiceCollection AddPayPal(this IServiceCollection services, PayPalOptions options)
    {
        options.Validate();
        services.AddMetrics();
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ProviderMetrics>();
        services.AddHttpClient(PayPalAcquirer.ProviderName, client => client.Timeout = Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers()
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() => ProvidersServiceCollectionExtensions.Handler(options.Resilience));
        services.AddSingleton(provider => new PayPalParts(
            options,
            provider.GetRequiredService<IHttpClientFactory>().CreateClient(PayPalAcquirer.ProviderName),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ProviderMetrics>(),
            provider.GetRequiredService<ILoggerFactory>(),
            ProvidersServiceCollectionExtensions.Jitter));
        services.AddSingleton<IAcquirer>(provider => provider.GetRequiredService<PayPalParts>().Acquirer);
        services.AddSingleton<IPayoutProvider>(provider => provider.GetRequiredService<PayPalParts>().Payouts);
        services.AddSingleton<ISourceVault>(provider => provider.GetRequiredService<PayPalParts>().Vault);
        services.AddSingleton<ISettlementSource>(provider => provider.GetRequiredService<PayPalParts>().Settlements);
        services.AddSingleton<IEventFeed>(provider => provider.GetRequiredService<PayPalParts>().Events);
        services.AddSingleton<IWebhookVerifier>(provider => provider.GetRequiredService<PayPalParts>().Webhooks);
        return services;
    }
}
