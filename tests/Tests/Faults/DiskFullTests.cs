using System.Text.Json;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>The disk of PostgreSQL is full while clients move money, and has room again later. The server is not restarted.</summary>
public sealed class DiskFullTests
{
    private const int Clients = 6;
    private const int Users = 4;
    private const int AnswersBefore = 20;
    private const int AnswersAfter = 20;
    private const int Funds = 10_000;
    private const int TriesMax = 200;
    private const int Seed = 20_260_501;

    /// <param name="schemas">Whose tables cannot grow. Without the flows' own, a deposit can still be noted, and could be charged.</param>
    [Theory]
    [InlineData("ledger")]
    [InlineData("ledger flows")]
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

        // Whoever comes now is told so. A last free place in a page may let one through; it is recorded then.
        List<Acknowledged> acknowledged = [funded];
        Operation[] refused =
        [
            await RefusedAsync(world, late, acknowledged, number => new(OperationKind.CardDeposit, $"late-deposit-{number}", late.Id, null, 5_000 + number)),
            await RefusedAsync(world, late, acknowledged, number => new(OperationKind.Transfer, $"late-transfer-{number}", late.Id, users[0].Id, 10 + number)),
            await RefusedAsync(world, late, acknowledged, number => new(OperationKind.Withdrawal, $"late-payout-{number}", late.Id, null, 10 + number)),
        ];
        await EachBegunIsRecordedAsync(world);
        Assert.DoesNotContain(await world.Sandbox.ObjectsAsync("payment_intent"), payment => payment.GetProperty("amount").GetInt64() == refused[0].Cents);

        // There is room again: it goes on by itself, and what was sent is done once.
        await world.MakeRoomAsync();
        await Eventually.GetAsync(world.ReadyAsync, ready => ready.IsReady, "a server that is ready again");
        foreach (Operation wish in refused)
        {
            HttpAnswer done = await Eventually.GetAsync(() => world.SendAsync(late, wish), HasMovement, "an answer");
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

    /// <summary>Sends one wish after the other until one is refused; the others are noted.</summary>
    private static async Task<Operation> RefusedAsync(FullDisk world, LoadUser user, List<Acknowledged> acknowledged, Func<int, Operation> wishes)
    {
        for (int number = 0; ; number++)
        {
            Assert.True(number < TriesMax, "The disk is full, and everything is taken.");
            Operation wish = wishes(number);
            HttpAnswer told = await world.SendAsync(user, wish);
            if (!HasMovement(told))
            {
                Assert.True(told is { Status: 202 or 503, HasRetryAfter: true, Code: "outcome_unknown" or "unavailable" }, told.ToString());
                return wish;
            }

            acknowledged.Add(new Acknowledged(wish, told.Id, told.MovementStatus));
            await TakenIsRecordedAsync(world);
        }
    }

    /// <summary>What was under way when the disk filled waits to be recorded; nothing is taken beyond it.</summary>
    private static async Task TakenIsRecordedAsync(FullDisk world)
    {
        IReadOnlyList<JsonElement> payments = await world.Sandbox.ObjectsAsync("payment_intent");
        string[] taken =
        [
            .. payments.Where(entry => entry.GetProperty("status").GetString() == "succeeded")
                .Select(entry => entry.GetProperty("metadata").GetProperty("florin_reference").GetString()!),
        ];
        string? recorded = await world.QueryAsync<string?>(
            "select string_agg(id::text, ' ') from flows.flow where kind = 'wallet.deposit' and state not in ('created', 'submitting', 'queued', 'unknown')");
        Assert.InRange(taken.Except((recorded ?? "").Split(' ')).Count(), 0, Clients + 1);
    }

    private static bool HasMovement(HttpAnswer answer) => answer.Status is 201 or 202 && answer.Movement.TryGetProperty("id", out _);

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
