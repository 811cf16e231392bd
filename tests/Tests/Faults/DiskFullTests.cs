using System.Text.Json;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>The disk of PostgreSQL is full while clients move money, and has room again later. The server is not restarted.</summary>
public sealed class DiskFullTests
{
    private const int Clients = 6;
    private const int Users = 4;
    private const int AnswersBefore = 20;
    private const int AnswersAfter = 40;
    private const int Funds = 10_000;
    private const int Seed = 20_260_501;

    /// <param name="schemas">Whose tables cannot grow. Without the flows' own, a deposit can still be noted, and could be charged.</param>
    [Theory]
    [InlineData("ledger flows")]
    [InlineData("ledger")]
    [InlineData("flows")]
    [Fault("T-04")]
    public async Task A_full_disk_stops_the_taking_of_money_before_its_recording(string schemas)
    {
        await using FullDisk world = await FullDisk.StartAsync();
        LoadUser[] users = await Task.WhenAll(Enumerable.Range(0, Users).Select(_ => world.CreateUserAsync()));
        LoadUser late = await world.CreateUserAsync();
        Acknowledged funded = await FundAsync(world, late);

        MoneyLoad load = new(world.Server, users, Seed);
        bool isOver = false;
        Task[] clients = [.. Enumerable.Range(0, Clients).Select(client => Task.Run(() => load.RunClientAsync(client, () => Volatile.Read(ref isOver))))];
        await AnsweredAsync(load, AnswersBefore);
        await world.FillAsync(schemas.Split(' '));
        (_, string notReady) = await Eventually.GetAsync(world.ReadyAsync, ready => !ready.IsReady, "a server that says that it is not ready");
        Assert.Contains("ledger", notReady, StringComparison.Ordinal);

        // Whoever comes now is told so, and is neither charged nor paid.
        Operation[] wishes =
        [
            new(OperationKind.CardDeposit, "late-deposit", late.Id, null, 5_000),
            new(OperationKind.Transfer, "late-transfer", late.Id, users[0].Id, 700),
            new(OperationKind.Withdrawal, "late-payout", late.Id, null, 900),
        ];
        foreach (Operation wish in wishes)
        {
            HttpAnswer told = await world.SendAsync(late, wish);
            Assert.True(told is { Status: 202 or 503, HasRetryAfter: true, Code: "outcome_unknown" or "unavailable" }, told.ToString());
        }

        Assert.False((await world.ReadyAsync()).IsReady);
        Assert.Equal(1L, await world.QueryAsync<long>($"select count(*) from flows.flow where owner_id = '{late.Id}'"));
        await EachBegunIsRecordedAsync(world);

        // There is room again: it goes on by itself, and what was sent is done once.
        world.MakeRoom();
        await Eventually.GetAsync(world.ReadyAsync, ready => ready.IsReady, "a server that is ready again");
        List<Acknowledged> acknowledged = [funded];
        foreach (Operation wish in wishes)
        {
            HttpAnswer done = await Eventually.GetAsync(
                () => world.SendAsync(late, wish), answer => answer.Status is 201 or 202 && answer.Movement.TryGetProperty("id", out _), "an answer");
            acknowledged.Add(new Acknowledged(wish, done.Id, done.MovementStatus));
        }

        await AnsweredAsync(load, load.Answers + AnswersAfter);
        Volatile.Write(ref isOver, true);
        await Task.WhenAll(clients);
        Assert.Empty(load.Violations);
        MoneyJudge judge = new(world.Owner, world.Sandbox);
        await judge.QuietAsync();
        await judge.JudgeAsync([.. acknowledged, .. load.Acknowledged]);
    }

    private static async Task<Acknowledged> FundAsync(FullDisk world, LoadUser user)
    {
        Operation wish = new(OperationKind.CardDeposit, "funds", user.Id, null, Funds);
        HttpAnswer answer = await world.SendAsync(user, wish);
        Assert.Equal("success", answer.MovementStatus);
        return new Acknowledged(wish, answer.Id, answer.MovementStatus);
    }

    private static Task AnsweredAsync(MoneyLoad load, int answers) =>
        Eventually.GetAsync(() => Task.FromResult(load.Answers), found => found >= answers, "answers");

    /// <summary>The provider's record first: what it knows by then was durable here before.</summary>
    private static async Task EachBegunIsRecordedAsync(FullDisk world)
    {
        IReadOnlyList<JsonElement> payments = await world.Sandbox.ObjectsAsync("payment_intent");
        IReadOnlyList<JsonElement> payouts = await world.Sandbox.ObjectsAsync("payout");
        string[] begun = [.. payments.Concat(payouts).Select(entry => entry.GetProperty("metadata").GetProperty("florin_reference").GetString()!)];
        string flows = await world.QueryAsync<string>("select string_agg(id::text, ' ') from flows.flow");
        Assert.NotEmpty(begun);
        Assert.Empty(begun.Except(flows.Split(' ')));
    }
}
