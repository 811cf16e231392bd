using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Florin.Tests.Support;

/// <summary>The real server as a process of its own in development mode, with its sandbox, on free ports; ended by its id when this is disposed.</summary>
/// <example><code>await using ServerProcess server = await ServerProcess.StartAsync(db.OwnerUrl);</code></example>
public sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>Of every user that <see cref="CreateUserAsync"/> makes.</summary>
    public const string UserPassword = "a long enough password";

    private const string AssemblyFile = "Florin.Server.dll";
    private const string ReadyPrefix = "ready ";
    private const int SignalTerminate = 15;
    private const int SignalContinue = 18;
    private const int SignalStop = 19;
    private const int ExitRefused = 2;
    private const int PortAttemptsMax = 5;

    /// <summary>How long a start or a stop may take on a busy machine.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder? _folder;
    private readonly string[] _arguments;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly ConcurrentQueue<string> _output = new();
    private Process? _process;
    private TaskCompletionSource _ready = new();

    private ServerProcess(
        TemporaryFolder? folder, string dataFolder, string[] arguments, IReadOnlyDictionary<string, string> environment)
    {
        _environment = environment;
        _folder = folder;
        DataFolder = dataFolder;
        _arguments = arguments;
    }

    public string DataFolder { get; }

    /// <summary><c>http://127.0.0.1:PORT</c>; another one after a restart.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Its base address is the server; it sends no credentials.</summary>
    public HttpClient Http { get; private set; } = new();

    /// <summary><c>dev.json</c> of the last start.</summary>
    public JsonElement Dev { get; private set; }

    public string AdminApiKey => Dev.GetProperty("admin_api_key").GetString()!;

    public string DatabaseUrl => Dev.GetProperty("database_url").GetString()!;

    public Uri SandboxUrl => new(Dev.GetProperty("sandbox_url").GetString()!);

    public int ProcessId => _process!.Id;

    /// <summary>What it wrote so far, both streams.</summary>
    public string Output => string.Join('\n', _output);

    /// <param name="databaseUrl">The database that it uses; <see langword="null"/> gives it a PostgreSQL of its own.</param>
    /// <param name="arguments">Further arguments of <c>serve --dev</c>.</param>
    public static Task<ServerProcess> StartAsync(string? databaseUrl = null, params string[] arguments) =>
        StartAsync(databaseUrl, new Dictionary<string, string>(), arguments);

    /// <inheritdoc cref="StartAsync(string?, string[])"/>
    /// <param name="environment">Environment variables of every start.</param>
    public static async Task<ServerProcess> StartAsync(
        string? databaseUrl, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        TemporaryFolder folder = TemporaryFolder.Create();
        string[] database = databaseUrl is null ? [] : ["--database-url", databaseUrl];
        ServerProcess server = new(folder, Path.Combine(folder.Path, "data"), [.. database, .. arguments], environment);
        try
        {
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a verb of the program to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        using Process process = Launch(arguments, environment);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        using CancellationTokenSource limit = new(Limit);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, output + await error);
    }

    /// <summary>A port that nothing listens on now.</summary>
    public static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Starts it again on the same data after <see cref="KillAsync"/> or <see cref="StopAsync"/>.</summary>
    public async Task StartAgainAsync()
    {
        for (int attempt = 1; ; attempt++)
        {
            // The old port first, so that whoever was told the address reaches the new process.
            int port = attempt == 1 && Url.Length > 0 ? new Uri(Url).Port : FreePort();
            bool isReady = await TryStartAsync(port);
            if (isReady)
            {
                Url = $"http://127.0.0.1:{port}";
                Http = new HttpClient { BaseAddress = new Uri(Url), Timeout = TimeSpan.FromSeconds(150) };
                Dev = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(Path.Combine(DataFolder, "dev.json")));
                return;
            }

            // Another program can take a free port before we do; anything else is a failure.
            bool mayTryAgain = _process!.ExitCode == ExitRefused && Output.Contains("is taken", StringComparison.Ordinal) && attempt < PortAttemptsMax;
            if (!mayTryAgain)
            {
                throw new InvalidOperationException($"The server ended with {_process.ExitCode}:\n{Output}");
            }
        }
    }

    /// <summary>Kills it at once, as a power cut would. Its children notice by themselves.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Holds it still in the middle of whatever it does, as a suspended machine is; its connections stay open.</summary>
    public void Pause() => _ = Kill(_process!.Id, SignalStop);

    /// <summary>Lets it go on. It does not know that time has passed.</summary>
    public void Resume() => _ = Kill(_process!.Id, SignalContinue);

    /// <summary>Asks it to stop, as a service manager does.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        _ = Kill(_process!.Id, SignalTerminate);
        using CancellationTokenSource limit = new(Limit);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Registers a user and logs him in.</summary>
    public async Task<(string UserId, string Email, string AccessToken)> CreateUserAsync(string name = "Ann", string kind = "person")
    {
        string email = $"{Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(12))}@users.example";
        JsonElement registered = await PostAsync("/auth/register", new { email, password = UserPassword, name, kind });
        JsonElement tokens = await PostAsync("/auth/login", new { email, password = UserPassword });
        return (registered.GetProperty("user_id").GetString()!, email, tokens.GetProperty("access_token").GetString()!);
    }

    /// <summary>Sends JSON and expects success.</summary>
    public async Task<JsonElement> PostAsync(string path, object body, string? token = null, string? idempotencyKey = null)
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Post, path, body, token, idempotencyKey);
        string text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text)
            : throw new InvalidOperationException($"POST {path}: {(int)response.StatusCode} {text}");
    }

    /// <summary>Asks and expects success.</summary>
    public async Task<JsonElement> GetAsync(string path, string? token = null)
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Get, path, null, token, null);
        string text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? JsonSerializer.Deserialize<JsonElement>(text)
            : throw new InvalidOperationException($"GET {path}: {(int)response.StatusCode} {text}");
    }

    /// <summary>Sends and gives the answer as it is.</summary>
    /// <exception cref="OperationCanceledException">There was no answer within the patience.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, object? body = null, string? token = null, string? idempotencyKey = null, TimeSpan? patience = null)
    {
        using CancellationTokenSource limit = new(patience ?? Timeout.InfiniteTimeSpan, TimeProvider.System);
        HttpRequestMessage request = new(method, path);
        if (body is not null)
        {
            request.Content = body as HttpContent ?? new StringContent(JsonSerializer.Serialize(body), System.Text.Encoding.UTF8, "application/json");
        }

        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (idempotencyKey is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        }

        return await Http.SendAsync(request, limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_process is { HasExited: false })
        {
            await StopAsync();
        }

        _process?.Dispose();
        if (_folder is not null)
        {
            await _folder.DisposeAsync();
        }
    }

    private async Task<bool> TryStartAsync(int port)
    {
        _ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process?.Dispose();
        _process = Launch(["serve", "--dev", "--port", $"{port}", "--data", DataFolder, .. _arguments], _environment);
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using CancellationTokenSource limit = new(Limit);
        Task ended = _process.WaitForExitAsync(limit.Token);
        Task first = await Task.WhenAny(_ready.Task, ended);
        await first;
        return first == _ready.Task;
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        _output.Enqueue(line);
        if (line.StartsWith(ReadyPrefix, StringComparison.Ordinal))
        {
            _ready.TrySetResult();
        }
    }

    private static Process Launch(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        string dotnet = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        ProcessStartInfo start = new(dotnet, [Path.Combine(AppContext.BaseDirectory, AssemblyFile), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["FLORIN__HTTP__LOGINS_PER_MINUTE"] = "1000000";
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException("The server did not start.");
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int processId, int signal);
}
