using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Florin.Storage.Database.Cluster;
using Npgsql;

namespace Florin.Benchmarks.Api;

/// <summary>The shipped server as a process of its own, with its private PostgreSQL and the sandbox, in a folder that goes at the end.</summary>
internal sealed class ServerUnderLoad : IAsyncDisposable
{
    private const string Password = "a long enough password";
    private const string ReadyPrefix = "ready ";
    private const int SignalTerminate = 15;
    private const int SecondsMax = 60;

    private readonly Process _process;
    private readonly string _folder;
    private int _users;

    private ServerUnderLoad(Process process, string folder, HttpClient http)
    {
        _process = process;
        _folder = folder;
        Http = http;
    }

    /// <summary>Its base address is the server; it sends no credentials.</summary>
    public HttpClient Http { get; }

    public Uri Address => Http.BaseAddress!;

    public string AdminApiKey { get; private set; } = "";

    /// <summary>Signs webhooks: the sandbox's, and those that the bench sends.</summary>
    public string WebhookSecret { get; private set; } = "";

    public static async Task<ServerUnderLoad> StartAsync(CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("florin-bench-").FullName;
        if (!OperatingSystem.IsWindows())
        {
            // PostgreSQL never runs as root: its own user passes through.
            File.SetUnixFileMode(folder, (UnixFileMode)Convert.ToInt32("755", 8));
        }

        string data = Path.Combine(folder, "data");
        string program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Server", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "Florin.Server.dll"));
        int port = FreePort();
        Report.Progress($"starting the server in {folder}");
        ProcessStartInfo start = new("dotnet", [program, "serve", "--dev", "--port", $"{port}", "--data", data])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["FLORIN__HTTP__LOGINS_PER_MINUTE"] = "1000000",
                ["FLORIN__LOG__LEVEL"] = "warning",

                // Else charges measure Stripe's own limit of a hundred a second.
                ["FLORIN__STRIPE__REQUESTS_PER_SECOND"] = "10000",
            },
        };
        Process process = Process.Start(start) ?? throw new InvalidOperationException("The server did not start.");
        _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line && !line.StartsWith(ReadyPrefix, StringComparison.Ordinal))
        {
        }

        _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        SocketsHttpHandler handler = new() { PooledConnectionLifetime = Timeout.InfiniteTimeSpan, UseCookies = false, AllowAutoRedirect = false };
        HttpClient http = new(handler) { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(SecondsMax) };
        JsonElement dev = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(Path.Combine(data, "dev.json"), cancellationToken));
        return new ServerUnderLoad(process, folder, http)
        {
            AdminApiKey = dev.GetProperty("admin_api_key").GetString()!,
            WebhookSecret = (await File.ReadAllTextAsync(Path.Combine(data, "sandbox.secret"), cancellationToken)).Trim(),
        };
    }

    /// <summary>Registers and logs in.</summary>
    public async Task<LoadedUser> CreateUserAsync(string kind, CancellationToken cancellationToken)
    {
        string email = $"user{Interlocked.Increment(ref _users)}@bench.example";
        JsonElement registered = await PostAsync("/auth/register", new { email, password = Password, name = "User", kind }, null, null, cancellationToken);
        JsonElement tokens = await PostAsync("/auth/login", new { email, password = Password }, null, null, cancellationToken);
        return new LoadedUser(registered.GetProperty("user_id").GetString()!, $"Bearer {tokens.GetProperty("access_token").GetString()}");
    }

    /// <summary>Puts this much into a user's wallet, from a card of the sandbox.</summary>
    public async Task FundAsync(LoadedUser user, string amount, CancellationToken cancellationToken)
    {
        JsonElement card = await PostAsync("/wallets/funding-sources", new { payment_method_id = "pm_card_visa" }, user.Authorization, null, cancellationToken);
        string source = card.GetProperty("id").GetString()!;
        await PostAsync("/wallets/deposit", new { amount, currency = "USD", source_id = source }, user.Authorization, $"fund-{user.Id}", cancellationToken);
    }

    /// <summary>Sends JSON.</summary>
    /// <exception cref="InvalidOperationException">The answer is no success: a figure of refusals would be worth nothing.</exception>
    public async Task<JsonElement> PostAsync(string path, object body, string? authorization, string? key, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path)
        {
            Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        request.Headers.Authorization = authorization is null ? null : AuthenticationHeaderValue.Parse(authorization);
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        using HttpResponseMessage response = await Http.SendAsync(request, cancellationToken);
        byte[] answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created
            ? JsonSerializer.Deserialize<JsonElement>(answer)
            : throw new InvalidOperationException($"POST {path}: {(int)response.StatusCode} {Encoding.UTF8.GetString(answer)}");
    }

    /// <summary>Asks as the operator.</summary>
    public async Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", AdminApiKey);
        using HttpResponseMessage response = await Http.SendAsync(request, cancellationToken);
        return JsonSerializer.Deserialize<JsonElement>(await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync(cancellationToken));
    }

    /// <summary>Brings its PostgreSQL to where it is after some hours of service.</summary>
    public async Task FillLogAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlDataSource admin = await AdminAsync(cancellationToken);
        await WrittenLog.FillAsync(admin, cancellationToken);
    }

    /// <summary>Waits until all that has changed is told as an event, so that one measurement does not pay for the one before.</summary>
    public async Task ToldAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlDataSource admin = await AdminAsync(cancellationToken);
        await using NpgsqlCommand asking = admin.CreateCommand("select count(*) from flows.outbox");
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        while (await asking.ExecuteScalarAsync(cancellationToken) is not 0L)
        {
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private async Task<NpgsqlDataSource> AdminAsync(CancellationToken cancellationToken)
    {
        ClusterSecrets secrets = ClusterSecrets.Load(Path.Combine(_folder, "data", "postgres.secret"))!;
        string port = await File.ReadAllTextAsync(Path.Combine(_folder, "data", "postgres.port"), cancellationToken);
        return NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = int.Parse(port, CultureInfo.InvariantCulture),
            Username = PrivateCluster.Superuser,
            Password = secrets.Superuser,
            Database = ClusterRoles.Database,
        });
    }

    /// <summary>Processor time that the server used so far; its PostgreSQL's is not in it.</summary>
    public TimeSpan ProcessorTime()
    {
        _process.Refresh();
        return _process.TotalProcessorTime;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            _ = Kill(_process.Id, SignalTerminate);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int processId, int signal);
}

/// <param name="Id">Of the user and of the wallet.</param>
/// <param name="Authorization">The value of the header.</param>
internal sealed record LoadedUser(string Id, string Authorization);
