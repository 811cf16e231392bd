using Florin.Ledger;
using Florin.Server.Cli;
using Florin.Server.Configuration;
using Florin.Server.Http;
using Florin.Server.Logging;
using Florin.Storage.Database;
using Microsoft.AspNetCore.Connections;

namespace Florin.Server.Hosting;

/// <summary>The life of a server: starts the parts in their order, says when it is ready, and stops them in the reverse order.</summary>
/// <remarks>Order: port check, PostgreSQL, sandbox, ledger, flows, HTTP. Stop: HTTP drains, flows, ledger, sandbox, PostgreSQL.</remarks>
internal sealed class ServerRun(ServeOptions options, TimeProvider timeProvider, IdSource ids, TextWriter output)
{
    private const int Failed = 1;
    private const string LoopbackHost = "127.0.0.1";

    private static readonly TimeSpan ReadyPoll = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs until <paramref name="stop"/> is cancelled or the host ends itself.</summary>
    /// <param name="whenReady">What to do beside serving once it is ready: the tour, which tells whether it went well. Its cancellation is the stop.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="ConfigurationRefusedException">The configuration cannot be used.</exception>
    /// <exception cref="StartupRefusedException">The data or the database cannot be used.</exception>
    public async Task<int> RunAsync(Func<DevFile, CancellationToken, Task<bool>>? whenReady, CancellationToken stop)
    {
        Uri url = PortCheck.RequireFree(options.Configuration.Get(Settings.HttpUrl), Settings.HttpUrl.Path, CliOptions.PortName);
        Uri? grpcUrl = GrpcUrl(url);
        if (options.IsDevelopment)
        {
            LiveKeyGuard.Require(options.Configuration);
        }

        PrivateFile.EnsureFolder(options.DataFolder);
        try
        {
            return await RunPartsAsync(url, grpcUrl, whenReady, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop while it was starting; what was started has been stopped.
            return 0;
        }
    }

    private async Task<int> RunPartsAsync(Uri url, Uri? grpcUrl, Func<DevFile, CancellationToken, Task<bool>>? whenReady, CancellationToken stop)
    {
        using LogSetup logging = new(options, timeProvider);
        using ILoggerFactory loggers = logging.CreateFactory();
        await using FlorinDatabase database = await StartDatabaseAsync(loggers, stop);
        await using SandboxProcess? sandbox = await StartSandboxAsync(url, loggers, stop);
        using FollowedClock? clock = await FollowAsync(sandbox, stop);
        HostParts parts = new(url, grpcUrl, database, Stripe(sandbox), PayPal(sandbox), sandbox, logging, clock ?? timeProvider, ids);
        await using WebApplication app = FlorinHost.Build(options, parts);
        FatalStop fatalStop = app.Services.GetRequiredService<FatalStop>();
        _ = WatchAsync(database, fatalStop);
        using CancellationTokenSource following = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task followed = clock?.FollowAsync(following.Token) ?? Task.CompletedTask;
        bool isGood;
        try
        {
            isGood = await ServeAsync(app, parts, whenReady, stop);
        }
        finally
        {
            await app.StopAsync(CancellationToken.None);
            await following.CancelAsync();
            await followed;
        }

        if (fatalStop.Cause is not { } cause)
        {
            return isGood ? 0 : Failed;
        }

        await Console.Error.WriteLineAsync($"florin: the server stopped because of a defect, or a lost journal or database: {cause.Message}");
        return FatalStop.ExitCode;
    }

    /// <summary>The clock of the sandbox, as far ahead as it is now; <see langword="null"/> for real time.</summary>
    private async Task<FollowedClock?> FollowAsync(SandboxProcess? sandbox, CancellationToken stop)
    {
        Uri? sandboxUrl = sandbox?.Url ?? (options.Configuration.Find(Settings.SandboxUrl) is { } url ? new Uri(url) : null);
        if (!FollowedClock.IsWanted(options, sandboxUrl))
        {
            return null;
        }

        FollowedClock clock = new(sandboxUrl!);
        await clock.ReadAsync(stop);
        return clock;
    }

    /// <summary>A database that is gone for good ends the server, so that whoever supervises it gets to know.</summary>
    private static async Task WatchAsync(FlorinDatabase database, FatalStop fatalStop)
    {
        try
        {
            await database.Lost;
        }
        catch (StartupRefusedException lost)
        {
            fatalStop.Stop(lost);
        }
    }

    /// <returns>Whether what was done when ready went well.</returns>
    private async Task<bool> ServeAsync(WebApplication app, HostParts parts, Func<DevFile, CancellationToken, Task<bool>>? whenReady, CancellationToken stop)
    {
        using CancellationTokenSource ends = CancellationTokenSource.CreateLinkedTokenSource(stop, app.Lifetime.ApplicationStopping);
        bool isGood = true;
        try
        {
            await ListenAsync(app, parts, ends.Token);
            DevFile? devFile = options.IsDevelopment ? await WriteDevFileAsync(app, parts, ends.Token) : null;
            await WaitUntilReadyAsync(app, ends.Token);
            await output.WriteLineAsync($"ready {parts.Url.ToString().TrimEnd('/')}");
            await output.FlushAsync(CancellationToken.None);
            if (whenReady is not null && devFile is not null)
            {
                isGood = await whenReady(devFile, ends.Token);
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, timeProvider, ends.Token);
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // Asked to stop, or stopping by itself.
        }

        return isGood;
    }

    /// <exception cref="ConfigurationRefusedException">The port was free when it was looked at and is not any more.</exception>
    private static async Task ListenAsync(WebApplication app, HostParts parts, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            bool isGrpc = parts.GrpcUrl is { } grpc && exception.Message.Contains($":{grpc.Port}:", StringComparison.Ordinal);
            throw new ConfigurationRefusedException(
                isGrpc ? PortCheck.TakenMessage(parts.GrpcUrl!, CliOptions.GrpcPortName) : PortCheck.TakenMessage(parts.Url, CliOptions.PortName));
        }
    }

    /// <summary>In development mode a free port on the address of REST, so that any number of servers run beside each other.</summary>
    private Uri? GrpcUrl(Uri url) => options.Configuration.Find(Settings.GrpcUrl) is { } text
        ? PortCheck.RequireFree(text, Settings.GrpcUrl.Path, CliOptions.GrpcPortName)
        : options.IsDevelopment ? new UriBuilder(url) { Host = url.HostNameType == UriHostNameType.Dns ? LoopbackHost : url.Host, Port = 0 }.Uri : null;

    /// <summary>Where gRPC is served now that the port is known.</summary>
    private static string? GrpcAddress(WebApplication app, HostParts parts) => parts.GrpcUrl switch
    {
        null => null,
        { Port: 0 } => app.Urls.Single(address => new Uri(address).Port != parts.Url.Port),
        { } url => url.ToString().TrimEnd('/'),
    };

    private Task<FlorinDatabase> StartDatabaseAsync(ILoggerFactory loggers, CancellationToken stop)
    {
        DatabaseOptions database = new()
        {
            DataFolder = options.DataFolder,
            Url = options.Configuration.Find(Settings.DatabaseUrl),
            Progress = Tell,
        };
        return FlorinDatabase.StartAsync(database, FlorinHost.Migrations, timeProvider, loggers.CreateLogger<FlorinDatabase>(), stop);
    }

    private async Task<SandboxProcess?> StartSandboxAsync(Uri url, ILoggerFactory loggers, CancellationToken stop)
    {
        bool startsOne = ProviderSetup.UsesSandbox(options) && options.Configuration.Find(Settings.SandboxUrl) is null;
        if (!startsOne)
        {
            return null;
        }

        string secret = ProviderSetup.SandboxWebhookSecret(options.DataFolder, ids);
        return await SandboxProcess.StartAsync(options.DataFolder, url, secret, timeProvider, loggers.CreateLogger<SandboxProcess>(), stop);
    }

    private Providers.StripeOptions Stripe(SandboxProcess? sandbox)
    {
        if (!ProviderSetup.UsesSandbox(options))
        {
            return ProviderSetup.ForAccount(options.Configuration);
        }

        Uri sandboxUrl = sandbox?.Url ?? new Uri(options.Configuration.Get(Settings.SandboxUrl));
        string secret = options.Configuration.Find(Settings.StripeWebhookSecret) ?? ProviderSetup.SandboxWebhookSecret(options.DataFolder, ids);
        return ProviderSetup.ForSandbox(options.Configuration, sandboxUrl, secret);
    }

    private Providers.PayPalOptions? PayPal(SandboxProcess? sandbox)
    {
        Uri? sandboxUrl = sandbox?.Url ?? (options.IsDevelopment && options.Configuration.Find(Settings.SandboxUrl) is { } url ? new Uri(url) : null);
        return sandboxUrl is null || options.Configuration.Find(Settings.PayPalClientId) is not null
            ? ProviderSetup.PayPalForAccount(options.Configuration)
            : ProviderSetup.PayPalForSandbox(options.Configuration, sandboxUrl);
    }

    private async Task<DevFile> WriteDevFileAsync(WebApplication app, HostParts parts, CancellationToken cancellationToken)
    {
        DevelopmentAccess access = app.Services.GetRequiredService<DevelopmentAccess>();
        (string key, string email, string password) = await access.EnsureAsync(DevFile.Read(options.DataFolder), cancellationToken);
        string? sandboxUrl = parts.Sandbox?.Url.ToString() ?? options.Configuration.Find(Settings.SandboxUrl);
        DevFile file = new(parts.Url.ToString().TrimEnd('/'), sandboxUrl?.TrimEnd('/'), GrpcAddress(app, parts), parts.Database.Url, key, email, password);
        file.Write(options.DataFolder);
        return file;
    }

    private async Task WaitUntilReadyAsync(WebApplication app, CancellationToken cancellationToken)
    {
        HealthParts health = app.Services.GetRequiredService<HealthParts>();
        while (!(await health.CheckAsync(cancellationToken)).All(part => part.IsGood))
        {
            await Task.Delay(ReadyPoll, timeProvider, cancellationToken);
        }
    }

    private void Tell(string progress) => output.WriteLine(progress);
}
