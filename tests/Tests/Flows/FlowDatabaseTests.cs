using Florin.Flows;
using Florin.Ledger;
using Florin.Storage.Flows;
using Florin.Storage.Ledger;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Florin.Tests.Flows;

/// <summary>What the database itself refuses, whatever code asks for it.</summary>
public sealed class FlowDatabaseTests
{
    private static readonly FlowStart Start = FlowBench.Start("a");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("update flows.flow set state = 'succeeded', version = version + 1", "may not go from state created to succeeded")]
    [InlineData("update flows.flow set state = 'nowhere', version = version + 1", "may not go from state created to nowhere")]
    [InlineData("update flows.flow set state = 'charged'", "must raise its version")]
    [InlineData("update flows.flow set data = '{\"amount\": 1}'", "must raise its version")]
    [InlineData("update flows.flow set provider_reference = 'x'", "must raise its version")]
    [InlineData("update flows.flow set state = 'charged', version = version + 2", "must go from version 1 to 2")]
    [InlineData("update flows.flow set version = version - 1", "must go from version 1 to 2")]
    [InlineData("update flows.flow set owner_id = 'thief'", "never change")]
    [InlineData("update flows.flow set kind = 'other'", "never change")]
    [InlineData("update flows.flow set request_hash = 'other'", "never change")]
    [InlineData("update flows.flow set created_at = created_at + interval '1 day'", "never change")]
    [InlineData("update flows.flow set id = 'aaaaaaaa-0000-0000-0000-000000000000'", "never change")]
    [InlineData("update flows.history set reason = 'other'", "refused")]
    [InlineData("delete from flows.history", "refused")]
    [InlineData("truncate flows.history", "refused")]
    [InlineData("delete from flows.obligation", "refused")]
    [InlineData("update flows.signal set type = 'other'", "refused")]
    public async Task Change_by_the_owner_of_the_tables_is_refused(string sql, string message)
    {
        await using FlowBench bench = await StoreOneAsync();
        await bench.Store.AddSignalAsync(Start.Id, "test", "1", "hint", "{}", StartedAt, Token);

        PostgresException exception = await Assert.ThrowsAsync<PostgresException>(() => bench.Database.ExecuteAsync(sql));

        Assert.Contains(message, exception.MessageText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("delete from flows.flow")]
    [InlineData("update flows.history set reason = 'other'")]
    [InlineData("delete from flows.signal")]
    [InlineData("update flows.inbound_event set body = '{}'")]
    [InlineData("delete from flows.inbound_event")]
    public async Task Application_has_no_right_to_rewrite_what_happened(string sql)
    {
        await using FlowBench bench = await StoreOneAsync();
        await using NpgsqlCommand command = bench.Database.DataSource.CreateCommand(sql);

        PostgresException exception = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Token));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, exception.SqlState);
    }

    [Fact]
    public async Task Undeclared_changes_through_the_store_are_refused()
    {
        await using FlowBench bench = await StoreOneAsync();

        await Assert.ThrowsAsync<PostgresException>(async () => await bench.Store.ApplyAsync(Change(Start.Id, 1, "created", "succeeded"), Token));
        await Assert.ThrowsAsync<PostgresException>(
            async () => await bench.Store.ApplyAsync(Change(FlowBench.Start("b").Id, 0, null, "charged"), Token));

        Assert.Equal("created", (await bench.Store.GetAsync(Start.Id, Token))!.State);
        Assert.Equal(1, await bench.Database.QueryAsync<long>("select count(*) from flows.flow"));
    }

    [Fact]
    [Fault("T-05")]
    public async Task Transition_that_an_older_program_does_not_declare_stays_allowed_for_the_newer_one()
    {
        await using FlowBench bench = await StoreOneAsync();
        FlowDefinition definition = bench.Payment().Definition;
        await bench.Store.DeclareAsync([definition with { Transitions = [.. definition.Transitions.Skip(1)] }], Token);

        Assert.True(await bench.Store.ApplyAsync(Change(Start.Id, 1, "created", "charged"), Token));
    }

    [Fact]
    public async Task Change_of_another_version_or_state_or_lease_is_a_conflict_and_changes_nothing()
    {
        await using FlowBench bench = await StoreOneAsync();
        FlowChange change = Change(Start.Id, 1, "created", "charged");
        Guid lease = Guid.Parse("11111111-0000-0000-0000-000000000000");

        Assert.False(await bench.Store.ApplyAsync(change with { ExpectedVersion = 2 }, Token));
        Assert.False(await bench.Store.ApplyAsync(change with { From = "charged", To = "succeeded" }, Token));
        Assert.False(await bench.Store.ApplyAsync(change with { Lease = lease }, Token));
        Assert.False(await bench.Store.ApplyAsync(Change(Start.Id, 0, null, "created"), Token));
        Assert.Equal(1, await bench.Database.QueryAsync<long>("select count(*) from flows.history"));

        Assert.True(await bench.Store.ApplyAsync(change, Token));
        Assert.False(await bench.Store.ApplyAsync(change, Token));
        Assert.Equal(2, await bench.Database.QueryAsync<long>("select count(*) from flows.history"));
    }

    [Fact]
    public async Task Writer_names_every_conflict_of_a_batch_and_no_other()
    {
        await using FlowBench bench = await StoreOneAsync();
        FlowId[] ids = [.. Enumerable.Range(0, 8).Select(index => FlowBench.Start($"batch {index}").Id)];
        await bench.Store.ApplyAsync(Change(ids[6], 0, null, "created") with { Obligation = "invoice:1", ProviderReference = "test:1" }, Token);
        FlowChange[] changes =
        [
            Change(ids[0], 0, null, "created"),
            Change(Start.Id, 1, "created", "charged"),
            Change(Start.Id, 2, "charged", "succeeded"),
            Change(ids[1], 0, null, "created") with { Obligation = "invoice:1" },
            Change(ids[2], 0, null, "succeeded"),
            Change(ids[3], 1, "created", "charged"),
            Change(ids[4], 0, null, "created") with { Obligation = "invoice:2" },
            Change(ids[5], 0, null, "created") with { Obligation = "invoice:2" },
            Change(ids[7], 0, null, "created") with { ProviderReference = "test:1" },
            Change(ids[6], 1, "created", "charged"),
        ];

        // What the journal does: rolls back, and tries again without those that were named.
        List<FlowChange> rest = [.. changes];
        while (true)
        {
            IReadOnlyList<int> conflicts = await WriteAsync(bench, [.. rest]);
            if (conflicts.Count == 0)
            {
                break;
            }

            Assert.Equal(2, await bench.Database.QueryAsync<long>("select count(*) from flows.flow"));
            rest = [.. rest.Where((_, index) => !conflicts.Contains(index))];
        }

        int[] named = [.. Enumerable.Range(0, changes.Length).Where(index => !rest.Contains(changes[index]))];
        Assert.Single(named, index => index is 6 or 7);
        Assert.Equal([2, 3, 4, 5, 8], named.Where(index => index is not (6 or 7)));
        Assert.Equal(4, await bench.Database.QueryAsync<long>("select count(*) from flows.flow"));
        Assert.Equal(6, await bench.Database.QueryAsync<long>("select count(*) from flows.history"));
    }

    [Fact]
    public async Task Writer_takes_a_batch_of_thousands()
    {
        await using FlowBench bench = await StoreOneAsync();
        FlowChange[] creations = [.. Enumerable.Range(0, 2_000).Select(index => Change(FlowBench.Start($"{index}").Id, 0, null, "created"))];
        Assert.Empty(await WriteAsync(bench, creations));

        FlowChange[] changes = [.. creations.Select(change => Change(change.Id, 1, "created", "charged"))];
        Assert.Empty(await WriteAsync(bench, changes));
        Assert.Equal(4_001, await bench.Database.QueryAsync<long>("select count(*) from flows.history"));
    }

    [Fact]
    public async Task Text_that_the_database_cannot_keep_is_kept_as_near_as_possible()
    {
        await using FlowBench bench = await StoreOneAsync();

        Assert.True(await bench.Store.AddSignalAsync(Start.Id, "test", "1", "a\0b", "half \uD83D of a pair", StartedAt, Token));

        FlowSignal signal = Assert.Single(await bench.Store.GetSignalsAsync(Start.Id, Token));
        Assert.Equal(("a\uFFFDb", "half \uFFFD of a pair"), (signal.Type, signal.Payload));
    }

    [Fact]
    public async Task List_of_an_owner_is_newest_first_by_pages_and_kinds()
    {
        await using FlowBench bench = await StoreOneAsync();
        for (int index = 0; index < 5; index++)
        {
            await bench.Store.ApplyAsync(
                Change(FlowBench.Start($"{index}").Id, 0, null, "created") with { OwnerId = "user:9", At = StartedAt.AddSeconds(index / 2) }, Token);
        }

        List<FlowId> listed = [];
        FlowId? before = null;
        while (true)
        {
            Flow[] page = [.. await bench.Store.ListAsync("user:9", [PaymentFlow.Kind], before, 2, Token)];
            if (page.Length == 0)
            {
                break;
            }

            listed.AddRange(page.Select(flow => flow.Id));
            before = page[^1].Id;
        }

        Assert.Equal(5, listed.Distinct().Count());
        Assert.Equal(5, listed.Count);
        Assert.Equal(FlowBench.Start("4").Id, listed[0]);
        Assert.Empty(await bench.Store.ListAsync("user:9", ["other"], null, 10, Token));
        Assert.Equal(5, (await bench.Store.ListAsync("user:9", [], null, 10, Token)).Length);
    }

    private static DateTimeOffset StartedAt { get; } = new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);

    private static async Task<FlowBench> StoreOneAsync()
    {
        FlowBench bench = await FlowBench.CreateAsync();
        await bench.Store.DeclareAsync([bench.Payment().Definition], Token);
        Assert.True(await bench.Store.ApplyAsync(Change(Start.Id, 0, null, "created") with { Obligation = "order:1" }, Token));
        return bench;
    }

    private static FlowChange Change(FlowId id, int expectedVersion, string? from, string to) => new()
    {
        Id = id,
        Kind = PaymentFlow.Kind,
        ExpectedVersion = expectedVersion,
        From = from,
        To = to,
        Data = "{}",
        At = StartedAt,
        Actor = "test",
        Reason = "test",
        OwnerId = "user:1",
        RequestHash = "hash",
    };

    private static async Task<IReadOnlyList<int>> WriteAsync(FlowBench bench, FlowChange[] changes)
    {
        await using NpgsqlConnection connection = await bench.Database.DataSource.OpenConnectionAsync(Token);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(Token);
        IReadOnlyList<int> conflicts = await new ParticipantGroup(
            new FlowChangeWriter(), [.. changes.Cast<ICommitParticipant>()], NullLogger.Instance).WriteAsync(connection, transaction, Token);
        if (conflicts.Count == 0)
        {
            await transaction.CommitAsync(Token);
        }

        return conflicts;
    }
}
