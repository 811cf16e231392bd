using System.Diagnostics;
using Florin.Server.Configuration;

namespace Florin.Server.Hosting;

/// <summary>The provider sandbox as a child process, which ends when we end, however we end.</summary>
/// <remarks>It watches its standard input, which closes with us. It runs in a session of its own, so that Ctrl-C lets the server finish first.</remarks>
internal sealed class SandboxProcess : IAsyncDisposable
{
    /// <summary>The key that the connector uses and the sandbox takes. It opens nothing but the sandbox.</summary>
    public const string StripeKey = "sk_test_florinsandbox";

    private const string AssemblyFile = "Florin.Sandbox.dll";
    private const string FirstWord = "sandbox ";
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly TimeProvider _timeProvider;

    private SandboxProcess(Process process, Uri url, TimeProvider timeProvider)
    {
        _process = process;
        _timeProvider = timeProvider;
        Url = url;
    }

    public Uri Url { get; }

    public bool IsRunning => !_process.HasExited;

    /// <param name="dataFolder">The server's data folder; the sandbox has one of its own in it.</param>
    /// <param name="serverUrl">Where webhooks are sent.</param>
    /// <param name="webhookSecret">With which they are signed.</param>
    /// <exception cref="ConfigurationRefusedException">It cannot be found or does not start.</exception>
    public static async Task<SandboxProcess> StartAsync(
        string dataFolder, Uri serverUrl, string webhookSecret, TimeProvider timeProvider, ILogger logger, CancellationToken cancellationToken)
    {
        string[] command =
        [
            .. OwnSession(), DotnetHost(), FindAssembly(),
            "--urls", "http://127.0.0.1:0",
            "--data", Path.Combine(dataFolder, "sandbox"),
            "--webhook-url", $"stripe={new Uri(serverUrl, "/webhooks/stripe")}",
            "--webhook-secret", $"stripe={webhookSecret}",
            "--webhook-url", $"paypal={new Uri(serverUrl, "/webhooks/paypal")}",
            "--webhook-secret", $"paypal={ProviderSetup.SandboxPayPalWebhook}",
            "--secret-key", StripeKey,
            "--exit-with-stdin",
        ];
        ProcessStartInfo start = new(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Process.Start(start) ?? throw new UnreachableException();
        process.ErrorDataReceived += (_, line) => Report(logger, line.Data);
        process.BeginErrorReadLine();

        // Its first line says where it listens; it writes no other.
        Uri? url = null;
        try
        {
            string? first = await process.StandardOutput.ReadLineAsync(cancellationToken);
            _ = first is not null && first.StartsWith(FirstWord, StringComparison.Ordinal) && Uri.TryCreate(first[FirstWord.Length..], UriKind.Absolute, out url);
        }
        finally
        {
            if (url is null)
            {
                process.StandardInput.Close();
            }
        }

        return url is not null
            ? new SandboxProcess(process, url, timeProvider)
            : throw new ConfigurationRefusedException("The provider sandbox did not start; the log says why.");
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using CancellationTokenSource patience = new(StopPatience, _timeProvider);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    /// <summary>Next to this program when published; else where the build puts it.</summary>
    private static string FindAssembly()
    {
        DirectoryInfo here = new(AppContext.BaseDirectory);
        string[] candidates =
        [
            Path.Combine(here.FullName, AssemblyFile),
            Path.Combine(here.Parent?.Parent?.FullName ?? here.FullName, "Sandbox", here.Name, AssemblyFile),
        ];
        return candidates.FirstOrDefault(path => File.Exists(path) && File.Exists(Path.ChangeExtension(path, ".runtimeconfig.json")))
            ?? throw new ConfigurationRefusedException("The provider sandbox is not built: build the solution, or name one that runs with --sandbox-url.");
    }

    private static string DotnetHost() =>
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    private static string[] OwnSession() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "setsid")))
            ? ["setsid", "--wait"]
            : [];

    private static void Report(ILogger logger, string? line)
    {
        if (!string.IsNullOrEmpty(line))
        {
            logger.LogInformation("Sandbox: {Line}", line);
        }
    }
}
