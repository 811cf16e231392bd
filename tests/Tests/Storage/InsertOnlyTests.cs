using Florin.Tests.Support;
using Npgsql;
using Xunit;

namespace Florin.Tests.Storage;

public sealed class InsertOnlyTests
{
    private const string Table =
        """
        create schema shop;
        grant usage on schema shop to florin_app;
        create table shop.sale (id bigint primary key, amount numeric(39) not null) partition by range (id);
        create table shop.sale_1 partition of shop.sale for values from (0) to (100);
        call florin.make_insert_only('shop.sale');
        create table shop.sale_2 partition of shop.sale for values from (100) to (200);
        call florin.make_insert_only('shop.sale_2');
        insert into shop.sale values (1, 10), (101, 20);
        """;

    [Theory]
    [InlineData("update shop.sale set amount = 0")]
    [InlineData("update shop.sale_1 set amount = 0")]
    [InlineData("update shop.sale_2 set amount = 0")]
    [InlineData("delete from shop.sale where id = 101")]
    [InlineData("delete from shop.sale_2")]
    [InlineData("truncate shop.sale")]
    [InlineData("truncate shop.sale_1")]
    [InlineData("truncate shop.sale_2")]
    [InlineData("insert into shop.sale values (1, 5) on conflict (id) do update set amount = excluded.amount")]
    [InlineData("merge into shop.sale using (values (1)) as other (id) on sale.id = other.id when matched then delete")]
    public async Task Guarded_rows_are_never_changed_by_anybody(string change)
    {
        await using var db = await TestDatabase.CreateAsync();
        await db.ExecuteAsync(Table);

        Assert.Equal(PostgresErrorCodes.RestrictViolation, await RefusalAsync(db.Owner, change));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await RefusalAsync(db.DataSource, change));
        Assert.Equal("1=10 101=20", await db.QueryAsync<string>("select string_agg(id || '=' || amount, ' ' order by id) from shop.sale"));
    }

    [Theory]
    [InlineData("update shop.sale_1 set amount = 0")]
    [InlineData("delete from shop.sale_2")]
    [InlineData("truncate shop.sale")]
    public async Task A_replication_role_does_not_pass_the_guard(string change)
    {
        await using var db = await TestDatabase.CreateAsync();
        await db.ExecuteAsync(Table);
        await (await TestCluster.GetAsync()).ExecuteAsync($"grant set on parameter session_replication_role to florin_owner");

        Assert.Equal(
            PostgresErrorCodes.RestrictViolation, await RefusalAsync(db.Owner, $"set session_replication_role = replica; {change}"));
    }

    [Fact]
    public async Task The_application_inserts_through_the_table_and_reads()
    {
        await using var db = await TestDatabase.CreateAsync();
        await db.ExecuteAsync(Table);

        await using var insert = db.DataSource.CreateCommand("insert into shop.sale values (2, 5), (102, 6)");
        Assert.Equal(2, await insert.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        await using var sum = db.DataSource.CreateCommand("select sum(amount) from shop.sale");
        Assert.Equal(41m, await sum.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        Assert.Equal(
            PostgresErrorCodes.InsufficientPrivilege, await RefusalAsync(db.DataSource, "insert into shop.sale_1 values (3, 1)"));
    }

    [Theory]
    [InlineData("drop table shop.sale")]
    [InlineData("alter table shop.sale disable trigger all")]
    [InlineData("create table shop.other (id int)")]
    [InlineData("set role florin_owner")]
    [InlineData("insert into florin.schema_migrations values ('shop', 1, 'x', ''::bytea, now())")]
    public async Task The_application_cannot_take_the_guard_away(string attempt)
    {
        await using var db = await TestDatabase.CreateAsync();
        await db.ExecuteAsync(Table);

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await RefusalAsync(db.DataSource, attempt));
    }

    private static async Task<string> RefusalAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync())).SqlState;
    }
}
