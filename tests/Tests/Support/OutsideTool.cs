using System.Diagnostics;
using Florin.Tests.Architecture;

namespace Florin.Tests.Support;

/// <summary>Programs of others that tests use: installed where they are missing, once, and run to their end.</summary>
internal static class OutsideTool
{
    private const string Python = "/usr/bin/python3";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private static readonly SemaphoreSlim Installing = new(1);

    /// <summary>Packages from npm, with their versions, in a folder of their own that stays.</summary>
    /// <returns>What <c>NODE_PATH</c> has to be.</returns>
    public static async Task<string> NodePackagesAsync(params string[] packages)
    {
        string folder = Path.Combine(Repository.Root, ".tools", "node", string.Join('+', packages).Replace('/', '-'));
        string mark = Path.Combine(folder, "installed");
        await Installing.WaitAsync();
        try
        {
            if (!File.Exists(mark))
            {
                Directory.CreateDirectory(folder);
                await RunAsync("npm", ["install", "--no-audit", "--no-fund", "--no-save", "--prefix", folder, .. packages]);
                await File.WriteAllTextAsync(mark, "");
            }
        }
        finally
        {
            Installing.Release();
        }

        return Path.Combine(folder, "node_modules");
    }

    /// <summary>Debian's Python with a module, from its Debian package.</summary>
    /// <returns>The interpreter.</returns>
    public static async Task<string> PythonAsync(string module, string debianPackage)
    {
        await Installing.WaitAsync();
        try
        {
            (int exitCode, _, _) = await TryRunAsync(Python, ["-c", $"import {module}"]);
            if (exitCode != 0)
            {
                await RunAsync("apt-get", ["-q", "update"]);
                await RunAsync("apt-get", ["-q", "-y", "--no-install-recommends", "install", debianPackage]);
            }
        }
        finally
        {
            Installing.Release();
        }

        return Python;
    }

    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="InvalidOperationException">It ended with another code than zero.</exception>
    public static async Task<string> RunAsync(
        string program, IReadOnlyList<string> arguments, string input = "", IReadOnlyDictionary<string, string>? environment = null)
    {
        (int exitCode, string output, string error) = await TryRunAsync(program, arguments, input, environment);
        return exitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {exitCode}:\n{output}\n{error}");
    }

    private static async Task<(int ExitCode, string Output, string Error)> TryRunAsync(
        string program, IReadOnlyList<string> arguments, string input = "", IReadOnlyDictionary<string, string>? environment = null)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string> { ["DEBIAN_FRONTEND"] = "noninteractive" })
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        using CancellationTokenSource limit = new(Limit, TimeProvider.System);
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
        Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await error);
    }
}
