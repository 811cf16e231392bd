using Florin.Storage.Database;
using Florin.Tests.Faults;
using Florin.Tests.Support;
using Npgsql;
using Xunit;

namespace Florin.Tests.Storage;

public sealed class MigratorTests
{
    private static readonly IReadOnlyList<Migration> Florin = Migration.Load(FlorinSchema.Migrations);

    private static readonly Migration First = Migration.Of("shop", 1, "sales", "create schema shop; create table shop.sale (id int);");
    private static readonly Migration Second = Migration.Of("shop", 2, "prices", "alter table shop.sale add price numeric;");

    [Fact]
    public async Task Files_are_applied_once_in_order_and_recorded()
    {
        await using var db = await TestDatabase.CreateEmptyAsync();

        Assert.Equal(Florin.Count + 1, await MigrateAsync(db, [.. Florin, First]));
        Assert.Equal(1, await MigrateAsync(db, [.. Florin, First, Second]));
        Assert.Equal(0, await MigrateAsync(db, [.. Florin, First, Second]));

        Assert.Equal("florin/1 shop/1 shop/2", await AppliedAsync(db));
        Assert.Equal(0L, await db.QueryAsync<long>("select count(price) from shop.sale"));
    }

    [Fact]
    public async Task Servers_that_start_at_once_apply_each_file_once()
    {
        await using var db = await TestDatabase.CreateEmptyAsync();
        var tables = Enumerable.Range(1, 20).Select(n => Migration.Of("shop", n, "t", n == 1 ? "create schema shop" : $"create table shop.t{n} ()"));
        Migration[] all = [.. Florin, .. tables];

        var counts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => MigrateAsync(db, all))));

        Assert.Equal(all.Length, counts.Sum());
        Assert.Equal(all.Length, await db.QueryAsync<long>("select count(*) from florin.schema_migrations"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [Fault("T-05")]
    public async Task A_server_that_dies_in_a_file_leaves_whole_files_and_one_that_waits_finishes(int statement)
    {
        await using var db = await TestDatabase.CreateEmptyAsync();
        await MigrateAsync(db, [.. Florin, First]);
        await using var holder = await db.Owner.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using (NpgsqlCommand hold = new("select pg_advisory_lock(5)", holder))
        {
            await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        // It stands still before this statement of its second file until it is killed.
        List<string> statements = ["create table shop.a ()", "insert into shop.sale (id) values (1)", "create table shop.b ()"];
        statements.Insert(statement, "select pg_advisory_xact_lock(5)");
        Migration[] all = [.. Florin, First, Second, Migration.Of("shop", 3, "more", string.Join(";", statements)), Migration.Of("shop", 4, "last", "create table shop.c ()")];
        var dying = MigrateAsync(db, all);
        int victim = await Eventually.GetAsync(
            () => db.QueryAsync<int>("select coalesce((select pid from pg_locks where locktype = 'advisory' and objid = 5 and not granted), 0)"), pid => pid != 0, "the file");
        var waiting = MigrateAsync(db, all);
        await Eventually.GetAsync(
            () => db.QueryAsync<long>("select count(*) from pg_locks where locktype = 'advisory' and objid <> 5 and not granted and database = (select oid from pg_database where datname = current_database())"),
            waiters => waiters == 1,
            "the second server");
        Assert.Equal("florin/1 shop/1 shop/2", await AppliedAsync(db));
        Assert.True(await db.QueryAsync<bool>($"select pg_terminate_backend({victim})"));
        await Assert.ThrowsAnyAsync<Exception>(() => dying);
        Assert.Equal("florin/1 shop/1 shop/2", await AppliedAsync(db));
        Assert.False(await db.QueryAsync<bool>("select to_regclass('shop.a') is not null"));

        await using (NpgsqlCommand release = new("select pg_advisory_unlock(5)", holder))
        {
            await release.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(2, await waiting);
        Assert.Equal("florin/1 shop/1 shop/2 shop/3 shop/4", await AppliedAsync(db));
        Assert.Equal(1L, await db.QueryAsync<long>("select count(*) from shop.sale"));
    }

    [Fact]
    public async Task A_file_that_fails_changes_nothing()
    {
        await using var db = await TestDatabase.CreateEmptyAsync();
        var broken = Migration.Of("shop", 2, "broken", "create table shop.half (); select 1 / 0;");

        var refusal = await Assert.ThrowsAsync<MigrationRefusedException>(() => MigrateAsync(db, [.. Florin, First, broken]));

        Assert.Equal("Migration shop/0002_broken failed and changed nothing: division by zero (22012)", refusal.Message);
        Assert.Equal("florin/1 shop/1", await AppliedAsync(db));
        Assert.False(await db.QueryAsync<bool>("select to_regclass('shop.half') is not null"));
    }

    [Fact]
    public async Task An_applied_file_that_changed_is_refused()
    {
        await using var db = await TestDatabase.CreateEmptyAsync();
        await MigrateAsync(db, [.. Florin, First]);

        var changed = Migration.Of("shop", 1, "sales", First.Sql + " ");
        var refusal = await Assert.ThrowsAsync<MigrationRefusedException>(() => MigrateAsync(db, [.. Florin, changed, Second]));

        Assert.StartsWith("Migration shop/0001_sales was applied to this database with other content", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("florin/1 shop/1", await AppliedAsync(db));
    }

    [Fact]
    public async Task Data_of_a_newer_version_is_refused()
    {
        await using var db = await TestDatabase.CreateEmptyAsync();
        await MigrateAsync(db, [.. Florin, First, Second]);

        var refusal = await Assert.ThrowsAsync<DataIsNewerException>(() => MigrateAsync(db, [.. Florin, First]));
        Assert.Equal("The data belongs to a newer version of Florin (it has migration shop/0002): start that version.", refusal.Message);
        await Assert.ThrowsAsync<DataIsNewerException>(() => MigrateAsync(db, Florin));
    }

    [Fact]
    public async Task Every_modules_files_are_numbered_without_gaps_and_load()
    {
        await using var db = await TestDatabase.CreateAsync();
        var known = TestMigrations.All.SelectMany(Migration.Load).Count();

        Assert.Equal(known, await db.QueryAsync<long>("select count(*) from florin.schema_migrations"));
    }

    private static Task<int> MigrateAsync(TestDatabase db, IReadOnlyList<Migration> known) =>
        new Migrator(db.Owner, hasAppRole: true, TimeProvider.System, _ => { }).MigrateAsync(known, TestContext.Current.CancellationToken);

    private static Task<string> AppliedAsync(TestDatabase db) =>
        db.QueryAsync<string>("select string_agg(module || '/' || number, ' ' order by module, number) from florin.schema_migrations");
}
