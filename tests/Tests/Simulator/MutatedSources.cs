using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Florin.Flows;
using Florin.Ledger;
using Florin.Simulator;
using Florin.Tests.Architecture;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Simulator;

/// <summary>The shipped ledger or flow runner with one piece of its text changed: compiled from the sources, and loaded beside a simulator of its own.</summary>
internal sealed class MutatedSources : IAsyncDisposable
{
    private const string Usings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Net.Http;"
        + "global using System.Threading; global using System.Threading.Tasks; [assembly: System.Reflection.AssemblyVersion(\"1.0.0.0\")]";

    // Loaded anew beside the changed one, so that all of them mean the same types.
    private static readonly string[] Shipped = [typeof(ILedger).Assembly.Location, typeof(IFlows).Assembly.Location];

    private readonly TemporaryFolder _folder;
    private readonly Beside _context;
    private readonly MethodInfo _run;

    private MutatedSources(TemporaryFolder folder, string library)
    {
        _folder = folder;
        _context = new Beside(library);
        Assembly simulator = _context.LoadFromAssemblyPath(typeof(Simulation).Assembly.Location);
        _run = simulator.GetType(typeof(Simulation).FullName!, throwOnError: true)!.GetMethod(nameof(Simulation.Run))!;
    }

    /// <summary>Compiles a project with the text replaced.</summary>
    /// <param name="project">Ledger or Flows.</param>
    /// <param name="file">Below the project's folder.</param>
    /// <param name="text">Stands exactly once in the file, or the test no longer plants what it says.</param>
    public static async Task<MutatedSources> CompileAsync(string project, string file, string text, string by)
    {
        TemporaryFolder folder = TemporaryFolder.Create();
        List<string> sources = [];
        bool isPlanted = false;
        foreach (string source in Repository.Sources(project))
        {
            if (!Repository.Relative(source).EndsWith($"{project}/{file}", StringComparison.Ordinal))
            {
                sources.Add(source);
                continue;
            }

            string original = await File.ReadAllTextAsync(source);
            Assert.True(original.Split(text).Length == 2, $"'{text}' must stand once in {project}/{file}.");
            string mutated = Path.Combine(folder.Path, "Mutated.cs");
            await File.WriteAllTextAsync(mutated, original.Replace(text, by, StringComparison.Ordinal));
            sources.Add(mutated);
            isPlanted = true;
        }

        Assert.True(isPlanted, $"There is no file {project}/{file}.");
        string usings = Path.Combine(folder.Path, "Usings.cs");
        await File.WriteAllTextAsync(usings, Usings);
        string library = Path.Combine(folder.Path, $"Florin.{project}.dll");
        await CompileAsync([.. sources, usings], library, Path.Combine(folder.Path, "compile.rsp"));
        return new MutatedSources(folder, library);
    }

    /// <summary>The first seed that finds something, and what; <see langword="null"/> when none does.</summary>
    public (int Seed, string Failure)? Find(int seeds, int steps)
    {
        for (int seed = 1; seed <= seeds; seed++)
        {
            object result = _run.Invoke(null, [seed, steps, null])!;
            if (result.GetType().GetProperty(nameof(SimulationResult.Failure))!.GetValue(result) is string failure)
            {
                return (seed, failure);
            }
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        _context.Unload();
        await _folder.DisposeAsync();
    }

    // The compiler that built everything else, against the assemblies that this process runs on.
    private static async Task CompileAsync(IReadOnlyList<string> sources, string library, string responseFile)
    {
        string runtime = RuntimeEnvironment.GetRuntimeDirectory();
        string root = Path.GetFullPath(Path.Combine(runtime, "..", "..", ".."));
        string compiler = Directory.EnumerateFiles(Path.Combine(root, "sdk"), "csc.dll", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();
        IEnumerable<string> arguments =
        [
            "-nologo", "-nostdlib", "-target:library", "-optimize+", "-checked+", "-nullable:enable", "-langversion:14", "-deterministic", "-warn:0",
            $"-out:\"{library}\"",
            .. Directory.EnumerateFiles(runtime, "*.dll").Select(file => $"-reference:\"{file}\""),
            .. Shipped.Where(assembly => Path.GetFileName(assembly) != Path.GetFileName(library)).Select(file => $"-reference:\"{file}\""),
            .. sources.Select(file => $"\"{file}\""),
        ];
        await File.WriteAllLinesAsync(responseFile, arguments);
        ProcessStartInfo start = new(Path.Combine(root, "dotnet"), [compiler, "-noconfig", $"@{responseFile}"]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output);
    }

    private sealed class Beside(string library) : AssemblyLoadContext("mutated ledger", isCollectible: true)
    {
        protected override Assembly? Load(AssemblyName assemblyName) =>
            assemblyName.Name == Path.GetFileNameWithoutExtension(library) ? LoadFromAssemblyPath(library)
            : Shipped.FirstOrDefault(file => Path.GetFileNameWithoutExtension(file) == assemblyName.Name) is { } shipped ? LoadFromAssemblyPath(shipped)
            : null;
    }
}
