using Florin.Ledger;
using Florin.Storage.Database;

namespace Florin.Tests.Payments.Sequences;

/// <summary>Many sequences at once in a world of their own, act by act, with the provider's clock moved between the acts; then all judges.</summary>
/// <param name="seed">Of the first sequence; the others follow.</param>
/// <param name="kills">How often the server is killed meanwhile.</param>
internal sealed class SequenceRun(int seed, int count, int kills)
{
    private const int AtOnce = 32;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>Beyond the life of every reservation, of the time in which disputes are answered, and of the providers' memory of keys.</summary>
    private static readonly TimeSpan Expiry = TimeSpan.FromDays(30);

    private static readonly TimeSpan DisputePatience = TimeSpan.FromMinutes(2);

    private readonly Findings _findings = new();
    private readonly List<string> _told = [];
    private int _retries;

    public IReadOnlyList<string> Told => _told;

    /// <summary>The kinds and states that flows went through.</summary>
    public HashSet<string> Reached { get; } = [];

    /// <returns>What was found, with the story of the first sequence that shows something; null when all is well.</returns>
    public async Task<string?> RunAsync()
    {
        await using SequenceWorld world = new();
        await world.InitializeAsync();
        await world.OpenAsync();
        try
        {
            await PlayAsync(world);
        }
        catch (TimeoutException exception)
        {
            _findings.Demand(false, "V12", 0, $"it stands still: {exception.Message}");
        }

        return _findings.Found.Count == 0 ? null : await StoryAsync(world);
    }

    private async Task PlayAsync(SequenceWorld world)
    {
        SequencePlayer[] players = [.. Enumerable.Range(seed, count).Select(one => new SequencePlayer(world, SequencePlan.Draw(one)))];
        long began = TimeProvider.System.GetTimestamp();
        foreach (SequencePlayer altered in players.Where(player => player.Plan.IsAltered))
        {
            await altered.PayAsync();
        }

        Task killing = KillAsync(world);
        await EachAsync(players, async player =>
        {
            await (player.Plan.IsAltered ? Task.CompletedTask : player.PayAsync());
            await player.StepAsync(1);
        });
        Tell("act 1", began, world);
        await world.Sandbox.AdvanceAsync(Minute);
        IReadOnlyDictionary<int, FlowRow> disputes = await DisputesAsync(world);
        await EachAsync(players, async player =>
        {
            if (disputes.TryGetValue(player.Plan.Seed, out FlowRow? dispute))
            {
                await player.AnswerAsync(dispute);
            }

            await player.StepAsync(2);
        });
        Tell("act 2", began, world);
        await world.Sandbox.AdvanceAsync(Minute);
        await EachAsync(players, player => player.StepAsync(SequencePlan.Acts));
        await killing;
        await world.Sandbox.ClearFaultsAsync();
        world.Listener.Refuses = false;
        Tell("act 3", began, world);

        // PayPal is asked again for what it did not answer, and may not forget the keys before that.
        await FundAsync(world);
        if (!await Rest.WhenReachedAsync(world, _findings))
        {
            return;
        }

        Tell("rest", began, world);
        await ArriveLateAsync(world, players);
        await world.Sandbox.AdvanceAsync(Expiry);
        await FundAsync(world);
        if (await Rest.WhenReachedAsync(world, _findings))
        {
            await EachAsync(players, player => player.RepeatAsync());
            await FundAsync(world);
            await RetryAsync(world, players);
            await world.Sandbox.AdvanceAsync(Minute);
            await Rest.WhenReachedAsync(world, _findings, isEnd: true);
            Tell("rest after expiry", began, world);
            await JudgeAsync(world);
            Tell("judged", began, world);
        }
    }

    /// <summary>Requests for refunds that were given up for lost reach the provider after all.</summary>
    private static async Task ArriveLateAsync(SequenceWorld world, SequencePlayer[] players)
    {
        FlowRecord flows = await FlowRecord.ReadAsync(world);
        HashSet<int> chosen = [.. players.Where(player => player.Plan.ArrivesLate).Select(player => player.Plan.Seed)];
        foreach (FlowRow refund in flows.Of(FlowRecord.Refund).Where(flow => flow is { State: "failed" } && flow.Text("failure_code") == "never_arrived" && chosen.Contains(flows.SeedOf(flow))))
        {
            await world.ArriveAsync(refund);
        }
    }

    private async Task JudgeAsync(SequenceWorld world)
    {
        ProviderRecord provider = await ProviderRecord.ReadAsync(world.Sandbox);
        FlowRecord flows = await FlowRecord.ReadAsync(world);
        BookRecord books = await BookRecord.ReadAsync(world);
        Reached.UnionWith(flows.Flows.Values.SelectMany(flow => flows.History[flow.Id].Select(entry => $"{flow.Kind} {entry.To}")));
        Reached.UnionWith(flows.Flows.Values.SelectMany(flow => flows.History[flow.Id].Select(entry => $"{flow.Kind} because of {entry.Reason}")));
        new ProviderJudge(provider, flows, books, _findings).Judge();
        BookJudge.Judge(books, provider, _findings);
        await new FlowJudge(flows, _findings).JudgeAsync(world, _retries);
        await new EventJudge(flows, _findings).JudgeAsync(world);
        new AnswerJudge(world, flows, _findings).Judge();
        LedgerAuditReport audit = await LedgerStorage.Audit(world.Database.Owner).VerifyAsync(new Progress<LedgerAuditProgress>(), CancellationToken.None);
        _findings.Demand(audit.Problems.IsEmpty, "V2", 0, $"florin ledger verify: {string.Join("; ", audit.Problems)}");
        long parked = await world.Database.QueryAsync<long>("select count(*) from flows.inbound_event where status = 'parked'");
        _findings.Demand(parked == 0, "V8", 0, $"{parked} of the providers' messages are parked");
        await new SettlementAct(world, seed, _findings).PlayAsync();
        flows = await FlowRecord.ReadAsync(world);
        Reached.UnionWith(flows.Of(FlowRecord.Settlement).SelectMany(flow => flows.History[flow.Id].Select(entry => $"{flow.Kind} {entry.To}")));
        Reached.UnionWith(flows.Of(FlowRecord.Payment).SelectMany(flow => flows.History[flow.Id].Select(entry => $"{flow.Kind} {entry.To}")));
        await new FlowJudge(flows, _findings).JudgeAsync(world, _retries);
        await Replay.JudgeAsync(world, seed, count, provider.PayPalEvents, _findings);
        _told.Add($"{count} sequences: {provider.Charges.Count} charges, {provider.Refunds.Count} refunds, {provider.Disputes.Count} disputes, "
            + $"{provider.Charges.Count(charge => charge.Provider == ProviderRecord.PayPal)} of the charges by PayPal, {world.Listener.Received.Count} events sent, {books.Effects.Count} rows, {flows.Of(FlowRecord.Settlement).Count()} settlements, {flows.Flows.Values.Count(flow => flow.IsParked)} parked, {_retries} retried by an operator");
    }

    /// <summary>In the middle of whatever the sequences do: each kill waits for so many answers.</summary>
    private async Task KillAsync(SequenceWorld world)
    {
        Random random = new(seed);
        for (int kill = 0; kill < kills; kill++)
        {
            int after = world.AnswerCount + (count / 2) + random.Next(count);
            await Faults.Eventually.GetAsync(() => Task.FromResult(world.AnswerCount), answers => answers >= after, $"answers before kill {kill + 1}");
            await world.KillAsync();
        }
    }

    /// <summary>By sequence: our dispute, when there is one. Waits for every one that the provider has opened, however it is heard of.</summary>
    private async Task<IReadOnlyDictionary<int, FlowRow>> DisputesAsync(SequenceWorld world)
    {
        HashSet<string> opened =
        [
            .. (await world.Sandbox.ObjectsAsync("dispute")).Select(dispute => dispute.GetProperty("id").GetString()!),
            .. (await world.Sandbox.PayPalObjectsAsync("dispute")).Select(dispute => dispute.GetProperty("dispute_id").GetString()!),
        ];
        try
        {
            await Faults.Eventually.GetAsync(
                () => world.RowsAsync(
                    "select data->>'dispute_id' from flows.flow where kind = 'payment.dispute' and state <> 'noticed'", row => row.GetString(0)),
                opened.IsSubsetOf,
                $"{opened.Count} disputes known",
                DisputePatience);
        }
        catch (TimeoutException)
        {
            _findings.Demand(false, "V5", 0, $"not every dispute that the provider has opened is known after {DisputePatience}");
        }

        FlowRecord flows = await FlowRecord.ReadAsync(world);
        return flows.Of(FlowRecord.Dispute).Where(flow => flow.State != "noticed").GroupBy(flows.SeedOf)
            .ToDictionary(group => group.Key, group => group.First());
    }

    /// <summary>Refunds that a merchant's balance did not cover go on when it does.</summary>
    private static async Task FundAsync(SequenceWorld world)
    {
        IReadOnlyList<(string Owner, string Currency)> waiting = await world.RowsAsync(
            "select distinct owner_id, data->>'asset' from flows.flow where state = 'awaiting_funds'", row => (row.GetString(0), row.GetString(1)));
        foreach ((string owner, string currency) in waiting)
        {
            await world.FundAsync(owner, currency);
        }
    }

    /// <summary>An operator has some looked at again, and all that wait for another look, which may have been refused by a fault the last time.</summary>
    private async Task RetryAsync(SequenceWorld world, SequencePlayer[] players)
    {
        FlowRecord flows = await FlowRecord.ReadAsync(world);
        HashSet<string> waiting = [.. await world.RowsAsync(
            "select id::text from flows.flow where due_at is not null or parked_reason is not null", row => row.GetString(0))];
        HashSet<int> chosen = [.. players.Where(player => player.Plan.IsRetriedByOperator).Select(player => player.Plan.Seed)];
        foreach (FlowRow flow in flows.Flows.Values.Where(flow => waiting.Contains(flow.Id) || chosen.Contains(flows.SeedOf(flow))))
        {
            await world.Server.PostAsync($"/flows/{flow.Id}/retry", new { reason = "looked at again" }, world.Server.AdminApiKey);
            _retries++;
        }
    }

    private static Task EachAsync(SequencePlayer[] players, Func<SequencePlayer, Task> play) =>
        Parallel.ForEachAsync(players, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (player, _) => await play(player));

    private void Tell(string what, long began, SequenceWorld world) =>
        _told.Add($"{what} after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0} s: {world}");

    private async Task<string> StoryAsync(SequenceWorld world)
    {
        List<string> lines = [.. _findings.Found.Take(30).Select(found => found.Text)];
        lines.Add($"{_findings.Found.Count} findings; all of them: FLORIN_SEED={seed} FLORIN_SEQUENCES={count} ./test SequenceTests");
        int shown = _findings.Found.Select(found => found.Seed).FirstOrDefault(one => one != 0);
        if (shown != 0)
        {
            FlowRecord flows = await FlowRecord.ReadAsync(world);
            lines.Add($"one of them alone: FLORIN_SEED={shown} FLORIN_SEQUENCES=1 ./test SequenceTests");
            lines.Add(SequencePlan.Draw(shown).ToString());
            lines.AddRange(world.Answers.Where(answer => answer.Seed == shown).OrderBy(answer => answer.Number).Select(answer => answer.ToString()));
            foreach (FlowRow flow in flows.Flows.Values.Where(flow => flows.SeedOf(flow) == shown))
            {
                lines.Add($"{flow} {flow.Data.GetRawText()}");
                lines.AddRange(flows.History[flow.Id].Select(entry => $"    {entry.At:HH:mm:ss.fff} {entry.From} -> {entry.To} ({entry.Reason}, {entry.Actor})"));
            }
        }

        return string.Join('\n', lines);
    }
}
