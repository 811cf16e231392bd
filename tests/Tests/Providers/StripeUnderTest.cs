using Florin.Providers;
using Florin.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>The connector as the host builds it, with a manual clock and a log that can be read.</summary>
internal sealed class StripeUnderTest : IAsyncDisposable
{
    public const string Key = "sk_test_4eC39HqLyjWDarjtT1zdp7dc";
    public const string Secret = "whsec_first0123456789";
    public const string OtherSecret = "whsec_second0123456789";

    /// <summary>Longer than every back-off and wait of the pipeline, shorter than an attempt's deadline.</summary>
    public static readonly TimeSpan Backoffs = TimeSpan.FromSeconds(6);

    private readonly ServiceProvider _services;

    public StripeUnderTest(Uri apiBase, ResilienceOptions? resilience = null, string[]? secrets = null, DateTimeOffset? now = null)
    {
        Clock = new ManualTimeProvider(now);
        ServiceCollection services = new();
        services.AddSingleton<TimeProvider>(Clock);
        services.AddSingleton<ILoggerProvider>(Log);
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace));
        services.AddStripe(new StripeOptions
        {
            ApiBase = apiBase,
            SecretKey = Key,
            WebhookSecrets = secrets ?? [Secret],
            Resilience = resilience ?? new ResilienceOptions(),
        });
        _services = services.BuildServiceProvider();
        Provider = _services.GetRequiredService<IPaymentProvider>();
    }

    public ManualTimeProvider Clock { get; }

    public ListLogger Log { get; } = new();

    public IPaymentProvider Provider { get; }

    public IServiceProvider Services => _services;

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static ChargeRequest Card(ulong minorUnits = 1050, string currency = "USD", string key = "flow-1:charge", string reference = "flow-1")
        => new(minorUnits, currency, "pm_card_visa", PaymentMethodKind.Card, "cus_1", reference, key);

    public static PayoutRequest Payout(ulong minorUnits = 1050, string currency = "USD", string key = "flow-2:payout", string reference = "flow-2")
        => new(minorUnits, currency, "ba_1", reference, key);

    public Task<ProviderOutcome<ProviderPayment>> ChargeAsync(ChargeRequest? request = null) => Play(Provider.ChargeAsync(request ?? Card(), Token));

    /// <summary>Lets every back-off pass at once, and no deadline.</summary>
    public Task<T> Play<T>(ValueTask<T> operation) => Clock.PlayAsync(operation.AsTask(), Backoffs, Token);

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
