using Florin.Sandbox.Clock;
using Florin.Sandbox.Control;
using Florin.Sandbox.Faults;
using Florin.Sandbox.PayPal;
using Florin.Sandbox.State;
using Florin.Sandbox.Stripe;
using Florin.Sandbox.Webhooks;

namespace Florin.Sandbox;

/// <summary>The providers' stand-in, a process of its own.</summary>
internal static class Program
{
    /// <summary>Wrong arguments, or a port that is taken.</summary>
    private const int ExitUsage = 2;

    public static async Task<int> Main(string[] arguments)
    {
        if (SandboxOptions.Parse(arguments, out var problem) is not { } options)
        {
            await Console.Error.WriteLineAsync($"{problem}{Environment.NewLine}{SandboxOptions.Usage}");
            return ExitUsage;
        }

        await using var app = Build(options);
        try
        {
            app.Services.GetRequiredService<ClockDriver>().Restore();
            app.Services.GetRequiredService<StartupEndpoints>().Put();
            foreach (var provider in app.Services.GetServices<SandboxProvider>())
            {
                provider.Webhooks.Resume();
            }

            await app.StartAsync();
        }
        catch (InvalidDataException unreadable)
        {
            await Console.Error.WriteLineAsync($"The data in {options.DataFolder} cannot be used: {unreadable.Message}");
            return ExitUsage;
        }
        catch (IOException taken)
        {
            await Console.Error.WriteLineAsync($"The sandbox cannot listen on {options.Url}: {taken.Message}");
            return ExitUsage;
        }

        options.PublicUrl = app.Urls.First().TrimEnd('/');
        await Console.Out.WriteLineAsync($"sandbox {options.PublicUrl}");
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static WebApplication Build(SandboxOptions options)
    {
        // No arguments for the host: they are ours.
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(options.Url);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Limits.BodyBytes;
        });
        builder.Logging.ClearProviders();
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));

        var services = builder.Services;
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<SandboxIds, RandomSandboxIds>();
        services.AddSingleton<SandboxClock>();
        services.AddSingleton<FaultPlan>();
        services.AddSingleton<HeldConnections>();
        services.AddSingleton(_ => new World(options.DataFolder is null ? null : Path.Combine(options.DataFolder, "stripe.jsonl")));
        services.AddSingleton<StripeContext>();
        services.AddSingleton<IdempotencyKeys>();
        services.AddSingleton<StripeEndpoint>();
        services.AddSingleton<StartupEndpoints>();
        services.AddSingleton<StripeWebhookScheme>();
        services.AddSingleton(provider => new WebhookSender(
            provider.GetRequiredService<World>(),
            provider.GetRequiredService<SandboxClock>(),
            provider.GetRequiredService<StripeWebhookScheme>(),
            TimeProvider.System));
        services.AddSingleton<WebhookDispatcher>();
        services.AddSingleton<SandboxProvider, StripeProvider>();
        AddPayPal(services, options);
        services.AddSingleton<ClockDriver>();
        services.AddHostedService(provider => provider.GetRequiredService<WebhookDispatcher>());
        services.AddHostedService(provider => provider.GetRequiredService<ClockDriver>());
        if (options.ExitWithStandardInput)
        {
            services.AddHostedService<ParentWatch>();
        }

        var app = builder.Build();
        FaultsControl.Map(app);
        ClockControl.Map(app);
        StripeControl.Map(app);
        PayPalControl.Map(app);
        PayPalBalanceControl.Map(app);
        WebhooksControl.Map(app);
        ResetControl.Map(app);
        app.Map("/stripe/{**path}", (HttpContext http, StripeEndpoint endpoint) => endpoint.HandleAsync(http));
        app.Map("/paypal/{**path}", (HttpContext http, PayPalEndpoint endpoint) => endpoint.HandleAsync(http));
        app.MapFallback(() => ControlRequest.Problem(404, "not_found", "There is nothing here: see /stripe/v1, /paypal and /_sandbox."));
        return app;
    }

    private static void AddPayPal(IServiceCollection services, SandboxOptions options)
    {
        services.AddSingleton(provider => PayPalWorld.Open(
            options,
            provider.GetRequiredService<SandboxIds>(),
            provider.GetRequiredService<SandboxClock>(),
            provider.GetRequiredService<FaultPlan>(),
            TimeProvider.System));
        services.AddSingleton<SandboxProvider>(provider => provider.GetRequiredService<PayPalWorld>());
        services.AddSingleton<RequestIds>();
        services.AddSingleton<PayPalEndpoint>();

        // A second dispatcher of the same type: the other way to add hosted services takes each type once.
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<PayPalWorld>().Webhooks);
    }
}
