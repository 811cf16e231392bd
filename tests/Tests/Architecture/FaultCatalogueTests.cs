using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace Florin.Tests.Architecture;

/// <summary><c>docs/faults.md</c> says which lines of the fault catalogue are covered, and by which tests: those that are marked.</summary>
/// <remarks>To write it anew, run these tests with <c>FLORIN_UPDATE_DOCS=1</c>.</remarks>
public sealed partial class FaultCatalogueTests
{
    private const string Head =
        """
        # Covered lines of the fault catalogue

        What breaks money systems, and the tests that show that it does not break this one. Each test drives the real path and is marked
        with `[Fault("…")]`; this list is written from the marks, and a test compares the two.

        | Line | Situation and required outcome | Tests |
        |---|---|---|

        """;

    [Fact]
    public void Every_mark_names_a_line_of_the_catalogue()
    {
        // A clone by itself has no catalogue beside it; the document below holds the lines that were checked against it.
        var known = Catalogue() ?? Document().ToDictionary(row => row.Line, row => row.Situation);
        Assert.Empty(Marks().Select(mark => mark.Key).Except(known.Keys));
    }

    [Fact]
    public void The_document_lists_exactly_the_marked_lines_with_their_tests()
    {
        var situations = Catalogue() ?? Document().ToDictionary(row => row.Line, row => row.Situation);
        var expected = Render(situations);
        if (Environment.GetEnvironmentVariable("FLORIN_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(Repository.FaultsDocument, expected);
        }

        Assert.Equal(expected, File.ReadAllText(Repository.FaultsDocument));
    }

    private static string Render(IReadOnlyDictionary<string, string> situations)
    {
        StringBuilder text = new(Head);
        foreach (var (line, tests) in Marks().OrderBy(mark => Family(mark.Key), StringComparer.Ordinal).ThenBy(mark => Number(mark.Key)))
        {
            var situation = situations.GetValueOrDefault(line, "").Replace("|", "\\|", StringComparison.Ordinal);
            text.Append($"| {line} | {situation} | {string.Join("<br>", tests.Order(StringComparer.Ordinal).Select(test => $"`{test}`"))} |\n");
        }

        return text.ToString();
    }

    /// <summary>Line → the marked tests, as <c>Class.Method</c>; a class that is marked stands for all its tests.</summary>
    private static Dictionary<string, SortedSet<string>> Marks()
    {
        Dictionary<string, SortedSet<string>> marks = [];
        foreach (var type in typeof(FaultAttribute).Assembly.GetTypes())
        {
            Add(type.GetCustomAttributes<FaultAttribute>(inherit: false), type.Name);
            foreach (var method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            {
                Add(method.GetCustomAttributes<FaultAttribute>(inherit: false), $"{type.Name}.{method.Name}");
            }
        }

        return marks;

        void Add(IEnumerable<FaultAttribute> faults, string test)
        {
            foreach (var fault in faults)
            {
                (marks.TryGetValue(fault.Line, out var tests) ? tests : marks[fault.Line] = []).Add(test);
            }
        }
    }

    private static Dictionary<string, string>? Catalogue() =>
        !File.Exists(Repository.SharedFaults)
            ? null
            : File.ReadLines(Repository.SharedFaults)
                .Select(text => CatalogueLine().Match(text))
                .Where(match => match.Success)
                .ToDictionary(match => match.Groups["line"].Value, match => match.Groups["situation"].Value.Trim());

    private static IEnumerable<(string Line, string Situation)> Document() =>
        File.ReadLines(Repository.FaultsDocument)
            .Select(text => DocumentLine().Match(text))
            .Where(match => match.Success)
            .Select(match => (match.Groups["line"].Value, match.Groups["situation"].Value.Replace("\\|", "|", StringComparison.Ordinal)));

    private static string Family(string line) => line[..line.IndexOf('-', StringComparison.Ordinal)];

    private static int Number(string line) => int.Parse(line.AsSpan(line.IndexOf('-', StringComparison.Ordinal) + 1));

    [GeneratedRegex(@"^- (?<line>[A-Z]+-\d+) (?<situation>.+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex CatalogueLine();

    [GeneratedRegex(@"^\| (?<line>[A-Z]+-\d+) \| (?<situation>.*) \| `[^|]*\|$", RegexOptions.ExplicitCapture)]
    private static partial Regex DocumentLine();
}
