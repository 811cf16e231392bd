using System.Text.RegularExpressions;

namespace Florin.Storage.Database.Cluster;

/// <summary>The PostgreSQL programs of this machine.</summary>
/// <param name="BinFolder">Where <c>initdb</c> and <c>postgres</c> are.</param>
internal sealed partial record PostgresInstallation(string BinFolder, int MajorVersion)
{
    /// <summary>Florin's SQL needs what PostgreSQL 15 brought.</summary>
    public const int MajorVersionMin = 15;

    public string Program(string name) => Path.Combine(BinFolder, name);

    /// <summary>Finds PostgreSQL, or installs Debian's package where that is allowed.</summary>
    /// <param name="requiredMajor">The version that made the data, which alone can read it; null for new data.</param>
    /// <exception cref="PostgresMissingException">There is none, and none can be installed.</exception>
    public static async Task<PostgresInstallation> FindOrInstallAsync(
        int? requiredMajor, Action<string> progress, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PostgresMissingException(
                "The private PostgreSQL runs on Linux and macOS only: give the address of a PostgreSQL with --database-url.");
        }

        var found = await FindAsync(CandidateFolders(), cancellationToken);
        if (Choose(found, requiredMajor) is null && requiredMajor is null or MajorVersionMin)
        {
            await DebianPackage.InstallAsync(found, progress, cancellationToken);
            found = await FindAsync(CandidateFolders(), cancellationToken);
        }

        return Choose(found, requiredMajor)
            ?? throw new PostgresMissingException(requiredMajor is null
                ? $"PostgreSQL {MajorVersionMin} or newer was not found after its installation: install it, or use --database-url."
                : $"The data folder was made by PostgreSQL {requiredMajor}, which is not installed: "
                    + $"install PostgreSQL {requiredMajor}, or choose another folder with --data.");
    }

    /// <summary>The installation for this data: the same version, or for new data the first on PATH, then the newest.</summary>
    internal static PostgresInstallation? Choose(IReadOnlyList<PostgresInstallation> found, int? requiredMajor) =>
        requiredMajor is { } major
            ? found.FirstOrDefault(installation => installation.MajorVersion == major)
            : found.FirstOrDefault(installation => installation.MajorVersion >= MajorVersionMin);

    internal static async Task<IReadOnlyList<PostgresInstallation>> FindAsync(
        IEnumerable<string> folders, CancellationToken cancellationToken)
    {
        List<PostgresInstallation> found = [];
        foreach (var folder in folders.Distinct())
        {
            var postgres = Path.Combine(folder, "postgres");
            if (!File.Exists(postgres) || !File.Exists(Path.Combine(folder, "initdb")))
            {
                continue;
            }

            var version = await Command.RunAsync(postgres, ["--version"], "", cancellationToken);
            if (version.Succeeded && VersionText().Match(version.Output) is { Success: true } match)
            {
                found.Add(new PostgresInstallation(folder, int.Parse(match.Groups[1].ValueSpan)));
            }
        }

        return found;
    }

    private static IEnumerable<string> CandidateFolders()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return path
            .Where(Path.IsPathRooted)
            .Concat(NewestFirst("/usr/lib/postgresql", "*"))
            .Concat(NewestFirst("/usr", "pgsql-*"))
            .Append("/usr/local/pgsql/bin")
            .Concat(NewestFirst("/opt/homebrew/opt", "postgresql@*"))
            .Concat(NewestFirst("/usr/local/opt", "postgresql@*"));
    }

    private static IEnumerable<string> NewestFirst(string parent, string pattern) =>
        !Directory.Exists(parent)
            ? []
            : Directory.EnumerateDirectories(parent, pattern)
                .OrderByDescending(folder => int.TryParse(Digits().Match(Path.GetFileName(folder)).ValueSpan, out var major) ? major : 0)
                .Select(folder => Path.Combine(folder, "bin"));

    [GeneratedRegex(@"PostgreSQL\)? (\d+)")]
    private static partial Regex VersionText();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();
}
