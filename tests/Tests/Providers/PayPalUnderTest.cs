using Florin.Providers;
using Florin.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Florin.Tests.Providers;

/// <summary>The connector as the host builds it, with a manual clock and a log that can be read.</summary>
internal sealed class PayPalUnderTest : IAsyncDisposable
{
    public const string ClientId = "AZDxjDScFpQtjWTOUtWKbyN_bDt4OgqaF4eYXlewfBP4-8aqX3PiV8e1GWU6liB2CUXlkA59kJXE7M6R";
    public const string ClientSecret = "EGnHDxD_qRPdaLdZz8iCr8N7_MzF-YHPTkjs6NKYQvQSBngp4PTTVWkPZRbL";
    public const string WebhookId = "1JE4291016473214C";

    private readonly ServiceProvider _services;

    public PayPalUnderTest(Uri apiBase, string? roots = null, DateTimeOffset? now = null)
    {
        Clock = new ManualTimeProvider(now);
        ServiceCollection services = new();
        services.AddSingleton<TimeProvider>(Clock);
        services.AddSingleton<ILoggerProvider>(Log);
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace));
        services.AddPayPal(new PayPalOptions
        {
            ApiBase = apiBase, ClientId = ClientId, ClientSecret = ClientSecret, WebhookId = WebhookId, TrustedRoots = roots,
        });
        _services = services.BuildServiceProvider();
        Acquirer = _services.GetRequiredService<IAcquirer>();
        Payouts = _services.GetRequiredService<IPayoutProvider>();
        Webhooks = _services.GetRequiredService<IWebhookVerifier>();
        Events = _services.GetRequiredService<IEventFeed>();
        Settlements = _services.GetRequiredService<ISettlementSource>();
    }

    public ManualTimeProvider Clock { get; }

    public ListLogger Log { get; } = new();

    public IAcquirer Acquirer { get; }

    public IPayoutProvider Payouts { get; }

    public IWebhookVerifier Webhooks { get; }

    public IEventFeed Events { get; }

    public ISettlementSource Settlements { get; }

    /// <summary>Lets every back-off pass at once, and no deadline.</summary>
    public Task<T> Play<T>(ValueTask<T> operation) => Clock.PlayAsync(operation.AsTask(), StripeUnderTest.Backoffs, StripeUnderTest.Token);

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
