using System.Text.RegularExpressions;
using Florin.Ledger;
using Florin.Storage.Database;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Ledger.Journal;

/// <summary>Every table of the ledger, changed by its owner by hand with all triggers off: verification names the row that was changed.</summary>
public sealed partial class TamperingTests
{
    public static TheoryData<string> Tables => [.. TamperedTable.All.Select(table => table.Name)];

    [Theory]
    [MemberData(nameof(Tables))]
    [Fault("H-06")]
    public async Task Any_changed_row_of_a_table_is_the_first_that_is_named(string name)
    {
        TamperedTable table = Assert.Single(TamperedTable.All, table => table.Name == name);
        await using TestDatabase database = await CreateAsync();
        Assert.Empty((await VerifyAsync(database)).Problems);
        List<string> wrong = [];
        foreach (string change in await ChangesAsync(database, table))
        {
            await database.ExecuteAsync(change);
            LedgerAuditReport report = await VerifyAsync(database);
            string first = report.IsClean ? "clean" : report.Problems[0].Message;
            string[] different = await DifferentRowsAsync(database, table);
            if (!different.Any(row => Names(first, row)))
            {
                wrong.Add($"{change}\n    -> {first}");
            }

            await RestoreAsync(database, name);
        }

        Assert.Empty((await VerifyAsync(database)).Problems);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Theory]
    [InlineData("transfers", "amount = 'NaN'")]
    [InlineData("transfers", "amount = -1")]
    [InlineData("transfers", "amount = 0.5")]
    [InlineData("transfers", "amount = 1e60")]
    [InlineData("transfers", "balances = ''")]
    [InlineData("transfers", "kind = 99, released = null")]
    [InlineData("transfers", "recorded_at = 'infinity', expires_at = '-infinity'")]
    [InlineData("transfers", "transfer_index = -5, transfer_count = -7, related_index = 30000")]
    [InlineData("transfers", "debit_account = -1, credit_account = 9223372036854775807")]
    [InlineData("batches", "recorded_at = 'infinity'")]
    [InlineData("batches", "checksums = '', previous_hash = '', hash = ''")]
    [InlineData("batches", "transfers = 2147483647, last_sequence = 9223372036854775807, accounts = -2147483648")]
    [InlineData("details", "effective_date = 'infinity', labels = array[null]::text[]")]
    [InlineData("limit_uses", "amount = 'NaN', used = -1, forget_after = '-infinity'")]
    [InlineData("totals", "debits_posted = 'NaN', credits_posted = 0.5")]
    [InlineData("checkpoint", "batch = -1, sequence = 9223372036854775807")]
    [InlineData("head", "recorded_at = '-infinity', sequence = -9, batch = -9")]
    public async Task No_content_of_a_row_stops_the_verification(string table, string change)
    {
        await using TestDatabase database = await CreateAsync();
        await database.ExecuteAsync($"update ledger.{table} set {change} where ctid in (select max(ctid) from ledger.{table})");
        Assert.Contains($"ledger.{table}", (await VerifyAsync(database)).Problems[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("update ledger.totals set debits_posted = debits_posted + 1")]
    [InlineData("delete from ledger.totals where account = 2")]
    [InlineData("delete from ledger.checkpoint")]
    [InlineData("insert into ledger.totals values (99, 1, 1, 1, 1)")]
    public async Task Rebuilding_mends_what_is_derived(string change)
    {
        await using TestDatabase database = await CreateAsync();
        await database.ExecuteAsync(change);
        Assert.False((await VerifyAsync(database)).IsClean);
        await LedgerStorage.Audit(database.Owner).RebuildAsync(new Progress<LedgerAuditProgress>(), TestContext.Current.CancellationToken);
        Assert.Empty((await VerifyAsync(database)).Problems);
    }

    private static async Task<TestDatabase> CreateAsync()
    {
        TestDatabase database = await TestDatabase.CreateAsync();
        await WholeLedger.FillAsync(database);
        await database.ExecuteAsync(
            """
            create schema kept;
            do $$
            declare part record;
            begin
                for part in select c.oid::regclass as name, c.relname from pg_class c
                    where c.relnamespace = 'ledger'::regnamespace and c.relkind in ('r', 'p') loop
                    execute format('alter table %s disable trigger all', part.name);
                    execute format('create table kept.%I as table %s', part.relname, part.name);
                end loop;
            end $$
            """);
        return database;
    }

    private static async Task<LedgerAuditReport> VerifyAsync(TestDatabase database) =>
        await LedgerStorage.Audit(database.Owner).VerifyAsync(new Progress<LedgerAuditProgress>(), TestContext.Current.CancellationToken);

    private static Task RestoreAsync(TestDatabase database, string table) =>
        database.ExecuteAsync($"delete from ledger.{table}; insert into ledger.{table} select * from kept.{table}");

    // An independent judge: the rows that are not those which were kept.
    private static Task<string[]> DifferentRowsAsync(TestDatabase database, TamperedTable table) => database.QueryAsync<string[]>(
        $"""
        select array_agg(distinct {table.NameSql}) from (
            (select * from ledger.{table.Name} except all select * from kept.{table.Name})
            union all
            (select * from kept.{table.Name} except all select * from ledger.{table.Name})) r
        """);

    private static bool Names(string message, string row)
    {
        Match range = MissingDetails().Match(message);
        return Regex.IsMatch(message, Regex.Escape(row) + "(?![0-9])") || (range.Success && row.StartsWith("ledger.details", StringComparison.Ordinal)
            && IsWithin(long.Parse(row.Split(' ')[^1]), long.Parse(range.Groups[1].Value), long.Parse(range.Groups[2].Value)));
    }

    private static bool IsWithin(long number, long from, long to) => number >= from && number <= to;

    [GeneratedRegex("row\\(s\\) of ledger.details with a sequence from (-?[0-9]+) to ([0-9]+) are missing")]
    private static partial Regex MissingDetails();

    private static async Task<List<string>> ChangesAsync(TestDatabase database, TamperedTable table)
    {
        string[] rows = await database.QueryAsync<string[]>($"select array_agg({table.WhereSql} order by {table.Order}) from ledger.{table.Name} where {table.Victims}");
        string[] columns = await database.QueryAsync<string[]>(
            $"""
            select array_agg(column_name || ':' || data_type order by ordinal_position) from information_schema.columns
            where table_schema = 'ledger' and table_name = '{table.Name}' and column_name <> 'singleton'
            """);
        List<string> changes = [];
        foreach (string row in rows)
        {
            changes.AddRange(columns.Select(column => column.Split(':')).Select(column =>
                $"update ledger.{table.Name} set {column[0]} = {table.Changed(column[0], column[1])} where {row}"));
            changes.Add($"delete from ledger.{table.Name} where {row}");
            changes.AddRange(table.Copy.Select(copy => CopyOf(table, columns, row, Assignments(copy))));
        }

        if (rows.Length > 1)
        {
            changes.Add($"delete from ledger.{table.Name} where {rows[0]} or {rows[^1]};"
                + CopyOf(table, columns, rows[0], KeyOf(rows[^1])) + ";" + CopyOf(table, columns, rows[^1], KeyOf(rows[0])));
        }

        return changes;
    }

    private static string CopyOf(TamperedTable table, string[] columns, string row, Dictionary<string, string> otherwise)
    {
        string[] names = [.. columns.Select(column => column.Split(':')[0])];
        return $"insert into ledger.{table.Name} ({string.Join(", ", names)}) "
            + $"select {string.Join(", ", names.Select(name => otherwise.GetValueOrDefault(name, name)))} from kept.{table.Name} where {row}";
    }

    private static Dictionary<string, string> Assignments(string text) =>
        text.Split(", ").Select(part => part.Split(" = ", 2)).ToDictionary(part => part[0], part => part[1]);

    private static Dictionary<string, string> KeyOf(string row) => Assignments(row.Replace(" and ", ", ", StringComparison.Ordinal));
}
