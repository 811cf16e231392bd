using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Florin.Ledger;
using Florin.Tests.Architecture;
using Xunit;

namespace Florin.Tests.Ledger;

/// <summary>docs/internals/ledger.md lists the result codes as the code has them. <c>FLORIN_UPDATE_DOCS=1</c> writes them anew.</summary>
public sealed partial class LedgerDocsTests
{
    private const string Begin = "<!-- codes -->\n";
    private const string End = "<!-- /codes -->\n";

    [Fact]
    public void Result_codes_are_documented_as_they_are()
    {
        string file = Path.Combine(Repository.Root, "docs", "internals", "ledger.md");
        string text = File.ReadAllText(file);
        (int begin, int end) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        string expected = string.Concat(text.AsSpan(0, begin), Table(), text.AsSpan(end));
        if (Environment.GetEnvironmentVariable("FLORIN_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(file, expected);
            text = expected;
        }

        Assert.Equal(expected, text);
    }

    [Fact]
    public void Result_codes_stand_in_the_order_of_their_numbers()
    {
        string[] declared = [.. typeof(TransactionStatus).GetFields().Where(field => field.IsLiteral).Select(field => field.Name)];
        Assert.Equal(Enum.GetValues<TransactionStatus>().Order().Select(status => status.ToString()), declared);
    }

    private static string Table()
    {
        Dictionary<string, string> comments = XDocument.Load(Path.Combine(AppContext.BaseDirectory, "Florin.Ledger.xml"))
            .Descendants("member")
            .ToDictionary(member => member.Attribute("name")!.Value, member => Spaces().Replace(member.Element("summary")?.Value ?? "", " ").Trim());
        StringBuilder table = new("| Code | Name | Meaning |\n|---|---|---|\n");
        foreach (TransactionStatus status in Enum.GetValues<TransactionStatus>())
        {
            table.Append(CultureInfo.InvariantCulture, $"| {(int)status} | `{status}` | {comments[$"F:Florin.Ledger.TransactionStatus.{status}"]} |\n");
        }

        return table.ToString();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
