using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Florin.Flows;
using Florin.Identity;
using Florin.Ledger;
using Florin.Ledger.Cluster;
using Florin.Payments;
using Florin.Providers;
using Florin.Server.Cluster;
using Florin.Server.Configuration;
using Florin.Server.Endpoints.Events;
using Florin.Server.Http;
using Florin.Storage;
using Florin.Storage.Database;
using Florin.Wallets;

namespace Florin.Server.Hosting;

/// <summary>The composition root: one process with every role.</summary>
internal static class FlorinHost
{
    /// <summary>How long requests and workers may take to finish once the stop began.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(30);

    /// <summary>The schemas of all modules.</summary>
    public static IReadOnlyList<MigrationSet> Migrations { get; } =
    [
        FlorinSchema.Migrations, LedgerStorage.Migrations, FlowStorageRegistration.Migrations, IdentityModule.Migrations, WalletsMigrations.Migrations,
        PaymentsMigrations.Migrations, SubscriptionsMigrations.Migrations,
    ];

    public static WebApplication Build(ServeOptions options, HostParts parts)
    {
        // No arguments and no environment: settings have one way in, and it is ours.
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            EnvironmentName = options.IsDevelopment ? Environments.Development : Environments.Production,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection();
        parts.Logging.Apply(builder.Logging);
        builder.Services.AddSingleton<IHostLifetime, SilentLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopPatience);
        builder.Services.AddSingleton(parts.TimeProvider);
        builder.Services.AddSingleton(parts.Ids);
        builder.AddHttp(options.Configuration, parts.Url, parts.GrpcUrl);
        AddModules(builder.Services, options, parts);

        // Started in this order and stopped in the reverse one, after HTTP, which the framework starts last.
        builder.Services.AddHostedService<LedgerService>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<FlowService>());
        builder.Services.AddHostedService(provider => provider.GetRequiredService<EventService>());

        WebApplication app = builder.Build();
        app.UseHttp();
        return app;
    }

    private static void AddModules(IServiceCollection services, ServeOptions options, HostParts parts)
    {
        services.AddDatabase(parts.Database);
        services.AddFlowStorage();
        services.AddSingleton<LedgerJson>();
        services.AddSingleton<ILedgerForwarder, HttpLedgerForwarder>();
        services.AddLedgerNode(new LedgerOptions(), NodeSetup.Options(options.Configuration, parts.Url, parts.Database.IsPrivate));
        FlowOptions flows = Timing.Flows(options.Configuration);
        services.AddSingleton(parts.TimeProvider is FollowedClock ? flows with { PollInterval = FollowedClock.DuePoll } : flows);
        services.AddSingleton(Timing.Inbox(options.Configuration));
        services.AddFlows();
        services.AddSingleton<IFlowObserver, FlowLog>();
        services.AddSingleton(Timing.Events(options.Configuration, options.IsDevelopment));
        services.AddSingleton<IEventObserver, EventLog>();
        services.AddEventPresenters();
        services.AddEvents();
        services.AddSingleton<IAuthProblemWriter, AuthProblems>();
        services.AddIdentity(new IdentityOptions
        {
            MasterKey = MasterKeyFile.LoadOrCreate(options.Configuration, options.DataFolder, parts.Ids),
            Issuer = options.Configuration.Get(Settings.Issuer),
            Audience = options.Configuration.Get(Settings.Audience),
        });
        ImmutableArray<string> acquirers = parts.PayPal is null ? ["stripe"] : ["stripe", "paypal"];
        services.AddStripe(parts.Stripe);
        if (parts.PayPal is { } payPal)
        {
            services.AddPayPal(payPal);
        }

        foreach (string name in acquirers)
        {
            services.AddSingleton<IEventSource>(provider => new ProviderEvents(
                provider.GetServices<IEventFeed>().First(feed => feed.Name == name), provider.GetRequiredService<TimeProvider>()));
        }

        services.AddWallets(Timing.Wallets(options.Configuration, options.IsDevelopment, parts.Stripe.IsLive));
        services.AddPayments(
            Timing.Payments(options.Configuration, options.IsDevelopment, parts.Stripe.IsLive, acquirers),
            Timing.Subscriptions(options.Configuration));

        services.AddSingleton<IRepeatedWork, UnknownWatch>();
        services.AddSingleton<FlowService>();
        services.AddSingleton<EventService>();
        services.AddSingleton<DevelopmentAccess>();
        services.AddSingleton<HealthParts>();
        services.AddSingleton<IHealthCheck, DatabaseHealth>();
        services.AddSingleton<IHealthCheck, LedgerHealth>();
        services.AddSingleton<IHealthCheck>(provider => provider.GetRequiredService<FlowService>());
        services.AddSingleton<IHealthCheck>(provider => provider.GetRequiredService<EventService>());
        ImmutableArray<Credential> credentials = CredentialHealth.Read(options.Configuration);
        if (!credentials.IsEmpty)
        {
            services.AddSingleton<IHealthCheck>(provider => new CredentialHealth(
                credentials,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<IMeterFactory>(),
                provider.GetRequiredService<ILogger<CredentialHealth>>()));
        }

        if (parts.Logging.File is { } file)
        {
            services.AddSingleton<IHealthCheck>(provider => new LogHealth(file, provider.GetRequiredService<IMeterFactory>()));
        }

        if (parts.Sandbox is { } sandbox)
        {
            services.AddSingleton<IHealthCheck>(new SandboxHealth(sandbox));
        }
    }
}

/// <summary>What was started before the host and is stopped after it.</summary>
/// <param name="Url">Where it listens.</param>
/// <param name="GrpcUrl">Where it listens for gRPC; <see langword="null"/> when it does not, port 0 for a free one.</param>
/// <param name="PayPal"><see langword="null"/> when there is no account.</param>
/// <param name="Sandbox"><see langword="null"/> when the server speaks to something that it did not start.</param>
internal sealed record HostParts(
    Uri Url, Uri? GrpcUrl, FlorinDatabase Database, StripeOptions Stripe, PayPalOptions? PayPal, SandboxProcess? Sandbox, Logging.LogSetup Logging, TimeProvider TimeProvider, IdSource Ids);
