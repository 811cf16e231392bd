using System.Text.Json;
using Florin.Tests.Faults;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Events;

/// <summary>Two real servers on one database, each killed while money moves: no event is lost, none is made up, no number is missing.</summary>
public sealed class EventKillTests
{
    private const int Clients = 4;
    private const int AnswersBetweenKills = 15;

    private int _answers;

    [Fact]
    [Trait("Category", "Slow")]
    [Fault("O-09")]
    public async Task Killed_servers_lose_no_event_between_commit_and_delivery()
    {
        await using EventServer world = new();
        await world.InitializeAsync();
        await using ServerProcess second = await ServerProcess.StartAsync(world.Database.OwnerUrl, EventServer.Settings);
        ServerProcess[] servers = [world.Server, second];
        await using EventReceiver receiver = new();
        (_, string secret) = await world.SubscribeAsync(receiver.Url);
        (string from, _, string token, _) = await world.FundAsync("500.00");
        (string to, _, _) = await world.Server.CreateUserAsync();

        bool isOver = false;
        Task[] clients = [.. Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            for (int index = 0; !Volatile.Read(ref isOver); index++)
            {
                await TransferAsync(servers[(client + index) % 2], token, to, $"{client}-{index}");
            }
        }))];
        foreach (ServerProcess victim in (ServerProcess[])[servers[0], servers[1]])
        {
            int enough = Volatile.Read(ref _answers) + AnswersBetweenKills;
            await Eventually.GetAsync(() => Task.FromResult(_answers), answers => answers >= enough, "answers before a kill");
            await victim.KillAsync();
            await victim.StartAgainAsync();
        }

        Volatile.Write(ref isOver, true);
        await Task.WhenAll(clients);
        long changes = await world.Database.QueryAsync<long>("select count(*) from flows.history");
        await Eventually.GetAsync(
            () => world.Database.QueryAsync<long>("select count(*) from flows.outbox"), count => count == 0, "an empty outbox");
        Assert.Equal(0, await world.Database.QueryAsync<long>(
            "select count(*) from flows.history h full join flows.event e using (flow_id, version) where h.flow_id is null or e.flow_id is null"));
        await Eventually.GetAsync(
            () => Task.FromResult(receiver.Received.Select(item => item.Sequence).Distinct().LongCount()), count => count >= changes, "all events");

        Assert.True(changes > 2 * AnswersBetweenKills);
        Assert.Equal(Enumerable.Range(1, (int)changes).Select(number => (long)number), receiver.Received.Select(item => item.Sequence).Distinct().Order());
        Assert.Equal(changes, receiver.Received.Select(item => item.Id).Distinct().Count());
        Assert.All(receiver.Received, item => Assert.True(item.IsSignedBy(secret)));
        Assert.Equal(changes, (await world.EventsAsync()).Count);
        Assert.Contains(receiver.Received, item => item.Data.ToString().Contains(from, StringComparison.Ordinal));
    }

    private async Task TransferAsync(ServerProcess server, string token, string to, string key)
    {
        try
        {
            using HttpResponseMessage response = await server.SendAsync(
                HttpMethod.Post, "/wallets/transfers", new { to, amount = "0.01", currency = "USD" }, token, key, TimeSpan.FromSeconds(30));
            if (response.IsSuccessStatusCode)
            {
                Interlocked.Increment(ref _answers);
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The server is being killed; what became of it the database tells.
            await Task.Yield();
        }
    }
}
