using System.Security.Cryptography;
using Florin.Providers.Resilience;
using Florin.Providers.Stripe;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Florin.Providers;

/// <summary>Registers providers.</summary>
public static class ProvidersServiceCollectionExtensions
{
    private const int JitterSteps = 1 << 20;

    /// <summary>How long a connection is kept, so that a change of the provider's addresses is seen.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>Shorter than what servers keep idle connections for, so that a request rarely meets one that is being closed.</summary>
    private static readonly TimeSpan ConnectionIdleMax = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Registers Stripe as an <see cref="IPaymentProvider"/>, <see cref="IPayoutProvider"/>, <see cref="IAcquirer"/>, <see cref="ISettlementSource"/>, <see cref="IEventFeed"/> and
    /// <see cref="IWebhookVerifier"/>. Uses the registered <see cref="TimeProvider"/>, logging and meters.
    /// </summary>
    /// <exception cref="ArgumentException">The options cannot be used; the message says why and holds no secret.</exception>
    public static IServiceCollection AddStripe(this IServiceCollection services, StripeOptions options)
    {
        options.Validate();
        services.AddMetrics();
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ProviderMetrics>();
        services.AddHttpClient(StripePaymentProvider.ProviderName, client => client.Timeout = Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers()
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() => Handler(options.Resilience));
        services.AddSingleton(provider => new StripeParts(
            options,
            provider.GetRequiredService<IHttpClientFactory>().CreateClient(StripePaymentProvider.ProviderName),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ProviderMetrics>(),
            provider.GetRequiredService<ILoggerFactory>(),
            Jitter));
        services.AddSingleton<IPaymentProvider>(provider => provider.GetRequiredService<StripeParts>().Provider);
        services.AddSingleton<IPayoutProvider>(provider => provider.GetRequiredService<StripeParts>().Provider);
        services.AddSingleton<IAcquirer>(provider => provider.GetRequiredService<StripeParts>().Acquirer);
        services.AddSingleton<IEventFeed>(provider => provider.GetRequiredService<StripeParts>().Provider);
        services.AddSingleton<IWebhookVerifier>(provider => new StripeHeaderVerifier(provider.GetRequiredService<StripeParts>().Provider));
        services.AddSingleton<IPaymentSourceReader>(provider => provider.GetRequiredService<StripeParts>().Sources);
        services.AddSingleton<ISettlementSource>(provider => provider.GetRequiredService<StripeParts>().Settlements);
        return services;
    }

    internal static SocketsHttpHandler Handler(ResilienceOptions options) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = options.ConnectTimeout,
        PooledConnectionLifetime = ConnectionLifetime,
        PooledConnectionIdleTimeout = ConnectionIdleMax,
        MaxConnectionsPerServer = options.ConcurrentRequestsMax,
    };

    internal static double Jitter() => RandomNumberGenerator.GetInt32(JitterSteps) / (double)JitterSteps;
}
