using System.ComponentModel;
using System.Diagnostics;

namespace Florin.Storage.Database.Cluster;

/// <summary>Runs one program to its end.</summary>
internal static class Command
{
    /// <param name="input">Written to its standard input, which is then closed.</param>
    /// <returns>Its exit code and all its output; 127 when there is no such program.</returns>
    public static async Task<CommandResult> RunAsync(
        string file,
        IEnumerable<string> arguments,
        string input,
        CancellationToken cancellationToken,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        ProcessStartInfo start = new(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,

            // Every user may be in /, which programs under another user than ours need.
            WorkingDirectory = "/",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using Process process = new() { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            return new CommandResult(127, "", exception.Message);
        }

        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading its input; its exit code tells the rest.
        }

        await process.WaitForExitAsync(cancellationToken);
        return new CommandResult(process.ExitCode, await output, await errors);
    }
}

/// <param name="ExitCode">Zero is success.</param>
internal sealed record CommandResult(int ExitCode, string Output, string Errors)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>The last line that it said, for a sentence to the operator.</summary>
    public string LastLine =>
        (Errors + "\n" + Output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .LastOrDefault("no message");
}
