using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Florin.Ledger;

namespace Florin.Storage.Database;

/// <summary>One numbered SQL file of a module.</summary>
/// <param name="Sha256">Of its bytes, so that a change after its use is seen.</param>
internal sealed partial record Migration(string Module, int Number, string Name, string Sql, byte[] Sha256)
{
    public override string ToString() => $"{Module}/{Number:0000}_{Name}";

    /// <summary>The files of a set in order, numbered from 1 without a gap.</summary>
    public static IReadOnlyList<Migration> Load(MigrationSet set)
    {
        var migrations = set.Assembly.GetManifestResourceNames()
            .Where(resource => resource.StartsWith(set.ResourcePrefix, StringComparison.Ordinal))
            .Select(resource => Load(set, resource))
            .OrderBy(migration => migration.Number)
            .ToList();
        for (var index = 0; index < migrations.Count; index++)
        {
            Invariant.Assert(migrations[index].Number == index + 1);
        }

        return migrations;
    }

    internal static Migration Of(string module, int number, string name, string sql) =>
        new(module, number, name, sql, SHA256.HashData(Encoding.UTF8.GetBytes(sql)));

    private static Migration Load(MigrationSet set, string resource)
    {
        var match = FileName().Match(resource);
        Invariant.Assert(match.Success);

        using var stream = set.Assembly.GetManifestResourceStream(resource);
        Invariant.Assert(stream is not null);
        using StreamReader reader = new(stream, Encoding.UTF8);
        return Of(set.Module, int.Parse(match.Groups["number"].ValueSpan), match.Groups["name"].Value, reader.ReadToEnd());
    }

    [GeneratedRegex(@"(^|\.)(?<number>\d{4})_(?<name>[a-z0-9_]+)\.sql$", RegexOptions.ExplicitCapture)]
    private static partial Regex FileName();
}
