using Florin.Tests.Support;
using Npgsql;
using Xunit;
using static Florin.Tests.Ledger.Journal.PostgresLedger;

namespace Florin.Tests.Ledger.Journal;

/// <summary>Rows of the journal are never changed, neither by the application nor by the owner.</summary>
public sealed class InsertOnlyJournalTests
{
    public static TheoryData<string> Changes =>
    [
        .. from table in new[] { "batches", "accounts", "transfers", "details" }
           from change in new[] { "update ledger.{0} set {1} = {1}", "delete from ledger.{0}", "truncate ledger.{0}" }
           select string.Format(System.Globalization.CultureInfo.InvariantCulture, change, table, table == "accounts" ? "number" : table == "batches" ? "batch" : "sequence"),
    ];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task History_is_inserted_never_changed(string change)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using PostgresLedger ledger = await StartAsync(database.DataSource);
        await ledger.OpenAsync("alice");
        await ledger.SubmitAsync(Move("one", Bank, Account("alice"), 1) with { Reference = "r" });

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await RefusalAsync(database.DataSource, change));
        Assert.Equal(PostgresErrorCodes.RestrictViolation, await RefusalAsync(database.Owner, change));
        await JudgeAsync(database);
    }

    private static async Task<string> RefusalAsync(NpgsqlDataSource source, string sql)
    {
        await using NpgsqlCommand command = source.CreateCommand(sql);
        return (await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync())).SqlState;
    }
}
