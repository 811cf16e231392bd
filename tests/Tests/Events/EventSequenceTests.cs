using System.Collections.Concurrent;
using Florin.Flows;
using Florin.Storage.Flows;
using Npgsql;
using Xunit;

namespace Florin.Tests.Events;

/// <summary>Numbers without gaps that readers can rely on.</summary>
public sealed class EventSequenceTests
{
    private const int Writers = 6;
    private const int FlowsPerWriter = 12;
    private const int VersionsPerFlow = 5;
    private const int Numberers = 3;
    private const int Changes = Writers * FlowsPerWriter * VersionsPerFlow;

    private static CancellationToken Token => EventBench.Token;

    [Fact]
    [Fault("O-05")]
    public async Task Reader_that_follows_the_numbers_misses_nothing_while_many_write_and_many_number()
    {
        await using EventBench bench = await EventBench.CreateAsync();
        bool isWritten = false;
        Task writers = Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(() => WriteAsync(bench), Token)));
        Task[] numberers = [.. Enumerable.Range(0, Numberers).Select(_ => Task.Run(
            async () =>
            {
                while (!Volatile.Read(ref isWritten))
                {
                    await bench.Log.NumberAsync(Plain, bench.Clock.GetUtcNow(), 7, Token);
                }
            },
            Token))];
        ConcurrentQueue<OutboundEvent> read = new();
        Task reader = Task.Run(
            async () =>
            {
                long since = 0;
                while (read.Count < Changes)
                {
                    foreach (OutboundEvent item in await bench.Log.ListAsync(since, 20, Token))
                    {
                        read.Enqueue(item);
                        since = item.Sequence;
                    }
                }
            },
            Token);

        await writers;
        Volatile.Write(ref isWritten, true);
        await Task.WhenAll(numberers);
        await bench.NumberAsync();
        await reader;

        Assert.Equal(Enumerable.Range(1, Changes).Select(number => (long)number), read.Select(item => item.Sequence));
        Assert.All(read.GroupBy(item => item.FlowId), flow => Assert.Equal(Enumerable.Range(1, VersionsPerFlow), flow.Select(item => item.Version)));

        // The judge: every line of history is an event, and nothing else is.
        Assert.Equal(0, await bench.Database.QueryAsync<long>(
            "select count(*) from flows.history h full join flows.event e using (flow_id, version) where h.flow_id is null or e.flow_id is null"));
        Assert.Equal(0, await bench.Database.QueryAsync<long>("select count(*) from flows.outbox"));
    }

    [Fact]
    [Fault("O-09")]
    public async Task Change_that_is_rolled_back_is_no_event_and_one_that_is_committed_cannot_be_lost()
    {
        await using EventBench bench = await EventBench.CreateAsync();
        FlowId kept = await bench.OpenAsync();
        await using (NpgsqlConnection connection = await bench.Database.DataSource.OpenConnectionAsync(Token))
        await using (NpgsqlTransaction transaction = await connection.BeginTransactionAsync(Token))
        {
            await FlowChangeSql.ExecuteAsync(connection, transaction, [bench.Change(kept, 1)], Token);

            // Numbering goes on beside it, and does not see it.
            Assert.Equal(1, await bench.NumberAsync());
            await transaction.RollbackAsync(Token);
        }

        Assert.Equal(0, await bench.NumberAsync());
        await bench.MoveAsync(kept, 1);

        // A numberer that dies in its transaction takes nothing with it.
        await Assert.ThrowsAsync<InvalidTimeZoneException>(async () =>
            await bench.Log.NumberAsync((_, _) => throw new InvalidTimeZoneException(), bench.Clock.GetUtcNow(), 10, Token));
        Assert.Equal(1, await bench.NumberAsync());
        Assert.Equal([(1L, 1), (2L, 2)], (await bench.Log.ListAsync(0, 10, Token)).Select(item => (item.Sequence, item.Version)));
    }

    [Fact]
    [Fault("O-04")]
    public async Task Event_shows_the_object_as_it_was_at_its_version_and_not_as_it_is_when_it_is_numbered_or_sent()
    {
        await using EventReceiver receiver = new();
        await using EventBench bench = await EventBench.CreateAsync();
        await bench.SubscribeAsync(receiver.Url);
        FlowId id = await bench.OpenAsync();
        await bench.MoveAsync(id, 1);
        await bench.NumberAsync();
        await bench.MoveAsync(id, 2);
        await bench.NumberAsync();
        await bench.MoveAsync(id, 3);
        await bench.DeliverAsync();

        Assert.Equal(
            [("order.open", 1, "open", 1), ("order.paid", 2, "paid", 2), ("order.packed", 3, "packed", 3)],
            receiver.Received.Select(item => (
                item.Type, item.ObjectSequence, item.Data.GetProperty("state").GetString(), item.Data.GetProperty("facts").GetProperty("step").GetInt32())));
        Assert.All(receiver.Received, item => Assert.Equal(id.ToString(), item.ObjectId));
        Assert.Equal(
            receiver.Received.Select(item => System.Text.Encoding.UTF8.GetString(item.Body)),
            (await bench.Log.ListAsync(0, 10, Token)).Select(item => item.Body));
    }

    [Theory]
    [InlineData("update flows.event set body = '{}'", "23001")]
    [InlineData("delete from flows.event", "23001")]
    [InlineData("insert into flows.event select sequence + 2, flow_id, version + 1, type, owner_id, occurred_at, body from flows.event", "23514")]
    public async Task Database_refuses_to_change_an_event_or_to_leave_a_gap(string sql, string code)
    {
        await using EventBench bench = await EventBench.CreateAsync();
        await bench.OpenAsync();
        await bench.NumberAsync();
        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => bench.Database.ExecuteAsync(sql));
        Assert.Equal(code, refused.SqlState);
    }

    private static async Task WriteAsync(EventBench bench)
    {
        for (int index = 0; index < FlowsPerWriter; index++)
        {
            FlowId id = await bench.OpenAsync();
            for (int version = 1; version < VersionsPerFlow; version++)
            {
                await bench.MoveAsync(id, version);
            }
        }
    }

    private static OutboundEvent Plain(Flow flow, long sequence) =>
        new(sequence, flow.Id, flow.Version, $"order.{flow.State}", flow.OwnerId, flow.UpdatedAt, "{}");
}
