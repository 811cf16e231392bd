using System.Diagnostics;
using System.Globalization;
using Florin.Storage.Database.Cluster;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>
/// Two servers on one database under load while everything around them breaks. <c>FLORIN_CHAOS_MINUTES=30 FLORIN_CHAOS_EVERY=20 ./test ServerPair</c>
/// runs it for as long as one likes, with a fault every so many seconds; by default each of five faults strikes once.
/// </summary>
public sealed class ServerPairTests
{
    private const int Clients = 8;
    private const int Users = 6;
    private const int Seed = 20_260_402;
    private const int AnswersBetween = 20;

    /// <summary>Longer than the lease, so that the other server takes over meanwhile.</summary>
    private static readonly TimeSpan Absence = TimeSpan.FromSeconds(6);

    /// <summary>What the product promises.</summary>
    private static readonly TimeSpan GapMax = TimeSpan.FromSeconds(15);

    private enum Blow
    {
        KillLeader,
        PauseLeader,
        StallLeaderDatabase,
        RestartImmediate,
        RestartFast,
        CutLeaderDatabase,
        StopLeader,
        KillFollower,
        PauseFollower,
        StallFollowerDatabase,
        CutBothDatabases,
    }

    [Fact]
    [Trait("Category", "Slow")]
    [Fault("T-01")]
    [Fault("T-02")]
    public async Task Two_servers_lose_and_double_nothing_whatever_breaks_and_are_never_away_for_long()
    {
        await using ServerPair pair = await ServerPair.StartAsync("--auto-advance", "true", "--async-delay", "1");
        await pair.Sandbox.SetWebhookAsync($"{pair.Servers[1].Url}/webhooks/stripe", HttpWorld.WebhookSecret);
        LoadUser[] users = await Task.WhenAll(Enumerable.Range(0, Users).Select(_ => pair.CreateUserAsync()));
        MoneyLoad load = new(pair.Servers, users, Seed);
        bool isOver = false;
        Task[] clients = [.. Enumerable.Range(0, Clients).Select(client => Task.Run(() => load.RunClientAsync(client, () => Volatile.Read(ref isOver))))];
        List<(Blow Blow, TimeSpan Gap)> gaps = [];
        foreach ((Blow blow, TimeSpan pause) in Plan())
        {
            int from = load.Answers + AnswersBetween;
            await Eventually.GetAsync(() => Task.FromResult(load.Answers), answers => answers >= from, $"answers before {blow}");
            await Task.Delay(pause, TimeProvider.System, TestContext.Current.CancellationToken);
            ServerProcess leader = await pair.LeaderAsync();
            load.TakeLongestGap();
            await StrikeAsync(pair, leader, blow);
            await pair.LeaderAsync();
            gaps.Add((blow, load.TakeLongestGap()));
            Assert.Empty(load.Violations);
            Tell($"{blow}: longest time without an answer {gaps[^1].Gap.TotalSeconds:0.0} s");
        }

        Volatile.Write(ref isOver, true);
        await Task.WhenAll(clients);
        MoneyJudge judge = new(pair.Owner, pair.Sandbox);
        await judge.QuietAsync();
        Assert.Empty(load.Violations);
        await judge.JudgeAsync(load.Acknowledged);
        Assert.DoesNotContain("stopped because of a defect", string.Concat(pair.Servers.Select(server => server.Output)), StringComparison.Ordinal);
        Tell($"{gaps.Count} faults, {load.Answers} answers, terms {await pair.QueryAsync<long>("select term from ledger.lease")}, longest gap {gaps.Max(gap => gap.Gap.TotalSeconds):0.0} s; "
            + $"{load.Acknowledged.Count(answer => answer.Id is not null)} movements, nothing lost, nothing doubled");
        Assert.All(gaps, gap => Assert.True(gap.Gap < GapMax, $"{gap.Blow}: {gap.Gap}"));
    }

    /// <summary>The three commonest once; or, by night, all of them again and again in an order that a seed gives.</summary>
    private static IEnumerable<(Blow Blow, TimeSpan Pause)> Plan()
    {
        if (!double.TryParse(Environment.GetEnvironmentVariable("FLORIN_CHAOS_MINUTES"), CultureInfo.InvariantCulture, out double minutes))
        {
            return [(Blow.KillLeader, TimeSpan.Zero), (Blow.PauseLeader, TimeSpan.Zero), (Blow.RestartFast, TimeSpan.Zero)];
        }

        int every = int.Parse(Environment.GetEnvironmentVariable("FLORIN_CHAOS_EVERY") ?? "20", CultureInfo.InvariantCulture);
        return LongPlan(TimeSpan.FromMinutes(minutes), TimeSpan.FromSeconds(every));
    }

    private static IEnumerable<(Blow Blow, TimeSpan Pause)> LongPlan(TimeSpan duration, TimeSpan every)
    {
        Random random = new(Seed);
        long started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < duration)
        {
            Blow[] round = Enum.GetValues<Blow>();
            random.Shuffle(round);
            foreach (Blow blow in round.TakeWhile(_ => TimeProvider.System.GetElapsedTime(started) < duration))
            {
                long began = TimeProvider.System.GetTimestamp();
                yield return (blow, TimeSpan.Zero);
                TimeSpan left = every - TimeProvider.System.GetElapsedTime(began);
                if (left > TimeSpan.Zero)
                {
                    using PeriodicTimer timer = new(left, TimeProvider.System);
                    timer.WaitForNextTickAsync().AsTask().Wait();
                }
            }
        }
    }

    private static async Task StrikeAsync(ServerPair pair, ServerProcess leader, Blow blow)
    {
        ServerProcess follower = pair.Other(leader);
        switch (blow)
        {
            case Blow.KillLeader or Blow.KillFollower:
                ServerProcess victim = blow == Blow.KillLeader ? leader : follower;
                await victim.KillAsync();
                await WaitAsync();
                await victim.StartAgainAsync();
                break;

            case Blow.StopLeader:
                await leader.StopAsync();
                await leader.StartAgainAsync();
                break;

            case Blow.PauseLeader or Blow.PauseFollower:
                ServerProcess paused = blow == Blow.PauseLeader ? leader : follower;
                paused.Pause();
                await WaitAsync();
                paused.Resume();
                break;

            case Blow.StallLeaderDatabase or Blow.StallFollowerDatabase:
                TcpGate stalled = pair.GateOf(blow == Blow.StallLeaderDatabase ? leader : follower);
                stalled.Stall();
                await WaitAsync();
                stalled.Open();
                break;

            case Blow.CutLeaderDatabase:
                pair.GateOf(leader).Cut();
                break;

            case Blow.CutBothDatabases:
                pair.GateOf(leader).Cut();
                pair.GateOf(follower).Cut();
                break;

            case Blow.RestartImmediate or Blow.RestartFast:
                await Command.RunAsync("kill", [blow == Blow.RestartFast ? "-INT" : "-QUIT", $"{pair.Cluster.Postmaster.ProcessId}"], "", CancellationToken.None);
                await WaitAsync();
                break;

            default:
                throw new UnreachableException();
        }
    }

    private static async Task WaitAsync() => await Task.Delay(Absence, TimeProvider.System);

    private static void Tell(string line)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        Console.WriteLine(line);
    }
}
