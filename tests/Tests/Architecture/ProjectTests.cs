using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace Florin.Tests.Architecture;

/// <summary>The arrows of the design, and the build rules that every project stands under.</summary>
public sealed partial class ProjectTests
{
    private static readonly string[] Business = ["Flows", "Providers", "Compliance", "Identity", "Ledger", "Storage"];

    /// <summary>A project that is not named here is not in the design.</summary>
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Ledger"] = [],
        ["Providers"] = [],
        ["Client"] = [],
        ["Sandbox"] = [],
        ["Flows"] = ["Ledger"],
        ["Storage"] = ["Flows", "Ledger"],
        ["Identity"] = ["Flows", "Ledger", "Storage"],
        ["Compliance"] = ["Flows", "Ledger", "Storage"],
        ["Wallets"] = Business,
        ["Payments"] = Business,
        ["OffRamp"] = Business,
        ["Exchange"] = Business,
        ["Reconciliation"] = Business,
        ["OperatorConsole"] = ["Client"],
        ["Server"] =
        [
            .. Business, "Wallets", "Payments", "OffRamp", "Exchange", "Reconciliation", "OperatorConsole",
        ],
    };

    public static TheoryData<string> Projects => [.. Repository.Projects().Select(file => Path.GetFileNameWithoutExtension(file)).Order()];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_uses_only_what_the_design_lets_it(string project)
    {
        Assert.Contains(project, MayUse.Keys);
        Assert.Empty(References(project).Except(MayUse[project]));
    }

    [Fact]
    public void The_simulator_sees_only_what_it_runs_and_nothing_that_ships_carries_it()
    {
        string simulator = Path.Combine(Repository.Root, "tests", "Simulator", "Simulator.csproj");
        Assert.Empty(References(XDocument.Load(simulator)).Except(["Flows", "Ledger"]));
        Assert.DoesNotContain(Repository.Projects(), file => References(Path.GetFileNameWithoutExtension(file)).Contains("Simulator"));
    }

    [Theory]
    [InlineData("Ledger")]
    [InlineData("Flows")]
    public void The_core_has_no_packages(string project) =>
        Assert.DoesNotContain(Document(project).Descendants(), item => item.Name.LocalName is "PackageReference" or "FrameworkReference" or "Reference");

    [Fact]
    public void Kafka_and_redis_are_known_to_storage_alone()
    {
        var users = Repository.Projects()
            .Where(file => KafkaOrRedis().IsMatch(File.ReadAllText(file)))
            .Select(file => Path.GetFileNameWithoutExtension(file));
        Assert.Empty(users.Except(["Storage"]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_is_in_the_solution_and_keeps_the_build_rules(string project)
    {
        Assert.Contains($"src/{project}/{project}.csproj", File.ReadAllText(Path.Combine(Repository.Root, "Florin.slnx")), StringComparison.Ordinal);

        // Names of assemblies, warnings, checked arithmetic and versions are one decision, not one for each project.
        string[] central = ["NoWarn", "TreatWarningsAsErrors", "Nullable", "CheckForOverflowUnderflow", "AssemblyName", "TargetFramework", "LangVersion"];
        Assert.DoesNotContain(Document(project).Descendants(), item => central.Contains(item.Name.LocalName));
        Assert.DoesNotContain(Document(project).Descendants("PackageReference"), item => item.Attribute("Version") is not null);
    }

    [Theory]
    [InlineData("TreatWarningsAsErrors", "true")]
    [InlineData("CheckForOverflowUnderflow", "true")]
    [InlineData("Nullable", "enable")]
    [InlineData("NoWarn", "$(NoWarn);CS1591;CS1573")]
    [InlineData("DisableTransitiveProjectReferences", "true")]
    public void The_build_rules_stand(string rule, string value) =>
        Assert.Equal(value, Assert.Single(Central().Descendants(rule)).Value);

    [Theory]
    [InlineData("P:System.DateTime.UtcNow")]
    [InlineData("P:System.DateTime.Now")]
    [InlineData("P:System.DateTimeOffset.UtcNow")]
    [InlineData("M:System.Guid.NewGuid")]
    [InlineData("M:System.Random.#ctor")]
    [InlineData("M:System.Threading.Tasks.Task.Delay(System.TimeSpan)")]
    [InlineData("M:System.Threading.Thread.Sleep(System.Int32)")]
    public void Ambient_time_and_chance_are_banned(string symbol)
    {
        Assert.Contains(symbol + ";", File.ReadAllText(Path.Combine(Repository.Root, "build", "BannedSymbols.txt")), StringComparison.Ordinal);
        Assert.Contains(Central().Descendants("AdditionalFiles"), item => item.Attribute("Include")!.Value.EndsWith("build/BannedSymbols.txt", StringComparison.Ordinal));
        Assert.Contains(Central().Descendants("PackageReference"), item => item.Attribute("Include")!.Value == "Microsoft.CodeAnalysis.BannedApiAnalyzers");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Only_contracts_are_public(string project)
    {
        // Hosts are used by nobody.
        if (project is "Server" or "Sandbox")
        {
            return;
        }

        // Types begin at the start of a line, because namespaces are file-scoped. Beside contracts a module shows how it is registered.
        var open = Repository.Sources(project)
            .Where(file => !MayBePublic(Repository.Relative(file)))
            .Where(file => File.ReadLines(file).Any(line => line.StartsWith("public ", StringComparison.Ordinal)))
            .Select(Repository.Relative);
        Assert.Empty(open);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Nothing_is_left_for_later(string project)
    {
        var marks = Repository.Sources(project)
            .Where(file => LaterMark().IsMatch(File.ReadAllText(file)))
            .Select(Repository.Relative);
        Assert.Empty(marks);
    }

    private static bool MayBePublic(string file) =>
        file.Contains("/Contracts/", StringComparison.Ordinal)
        || file.StartsWith("src/Storage/Database/", StringComparison.Ordinal)
        || file.EndsWith("Registration.cs", StringComparison.Ordinal);

    private static IEnumerable<string> References(string project) => References(Document(project));

    private static IEnumerable<string> References(XDocument project) =>
        project.Descendants("ProjectReference")

            // Only built together, as a program of its own: no code of it can be used.
            .Where(item => item.Attribute("ReferenceOutputAssembly")?.Value != "false")
            .Select(item => Path.GetFileNameWithoutExtension(item.Attribute("Include")!.Value));

    private static XDocument Document(string project) => XDocument.Load(Path.Combine(Repository.Root, "src", project, project + ".csproj"));

    private static XDocument Central() => XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props"));

    [GeneratedRegex("Confluent.Kafka|StackExchange.Redis")]
    private static partial Regex KafkaOrRedis();

    [GeneratedRegex(@"\bTODO\b|NotImplementedException|#region")]
    private static partial Regex LaterMark();
}
