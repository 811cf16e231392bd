using System.Text.Json;

namespace Florin.Tests.Payments.Sequences;

/// <summary>The flows by themselves: their history (V6), and who did what and why (V10).</summary>
internal sealed class FlowJudge(FlowRecord flows, Findings findings)
{
    /// <summary>States in which money was taken.</summary>
    private static readonly string[] Taken = ["captured", "settled", "partially_refunded", "refunded", "disputed"];

    /// <summary>What may leave a state in which money was taken or given, or in which it is certain that none was: nothing else.</summary>
    private static readonly HashSet<(string Kind, string From, string To, string Reason)> Exits =
    [
        .. from before in Taken from after in Taken select (FlowRecord.Payment, before, after, "counted"),
        .. from before in Taken select (FlowRecord.Payment, before, "reversed", "settlement_reversed"),
        .. from before in Taken select (FlowRecord.Payment, before, "reversed", "taken_back"),
        (FlowRecord.Payment, "reversed", "reversed", "counted"),
        (FlowRecord.Payment, "captured", "settled", "settled"),
        (FlowRecord.Payment, "settled", "captured", "settlement_returned"),
        (FlowRecord.Payment, "failed", "authorized", "late_success"),
        (FlowRecord.Payment, "failed", "captured", "late_success"),
        (FlowRecord.Payment, "failed", "contested", "late_success"),
        (FlowRecord.Payment, "failed", "returning", "paid_otherwise"),
        (FlowRecord.Payment, "failed", "voiding", "paid_otherwise"),
        (FlowRecord.Payment, "failed", "mismatch", "late_mismatch"),
        (FlowRecord.Payment, "voided", "captured", "late_success"),
        (FlowRecord.Payment, "voided", "contested", "late_success"),
        (FlowRecord.Payment, "voided", "returning", "paid_otherwise"),
        (FlowRecord.Payment, "voided", "mismatch", "late_mismatch"),
        (FlowRecord.Payment, "returned", "mismatch", "return_failed"),
        (FlowRecord.Refund, "succeeded", "failed", "late_failure"),
        (FlowRecord.Refund, "failed", "succeeded", "late_success"),
        (FlowRecord.Refund, "succeeded", "partially_succeeded", "late_failure"),
        (FlowRecord.Refund, "partially_succeeded", "partially_succeeded", "late_failure"),
        (FlowRecord.Refund, "partially_succeeded", "failed", "late_failure"),
        (FlowRecord.Refund, "partially_succeeded", "partially_succeeded", "payment_told"),
        (FlowRecord.Refund, "succeeded", "succeeded", "payment_told"),
        (FlowRecord.Refund, "failed", "failed", "payment_told"),
        (FlowRecord.Dispute, "won", "won", "payment_told"),
        (FlowRecord.Dispute, "lost", "lost", "payment_told"),
        (FlowRecord.Dispute, "lost", "lost", "reserve_completed"),
        (FlowRecord.Dispute, "lost", "lost", "repaid_from_reserve"),
    ];

    private static readonly string[] Kinds = [FlowRecord.Payment, FlowRecord.Refund, FlowRecord.Dispute];

    private static readonly string[] Ends = [.. Taken, "reversed", "returned", "voided", "failed", "mismatch", "succeeded", "partially_succeeded", "won", "lost"];

    /// <summary>How far an open payment has come: a step back needs a name of its own.</summary>
    private static readonly Dictionary<string, int> Ranks = new()
    {
        ["created"] = 0, ["queued"] = 0, ["submitting"] = 0, ["processing"] = 1, ["unknown"] = 1, ["authorized"] = 2, ["capturing"] = 3, ["voiding"] = 3,
    };

    private static readonly string[] StepsBack = ["not_sent", "answer_lost", "command_failed", "captured"];

    public async Task JudgeAsync(SequenceWorld world, int retries)
    {
        HashSet<(string, string, string)> declared = [.. await world.RowsAsync(
            "select kind, from_state, to_state from flows.transition", row => (row.GetString(0), row.GetString(1), row.GetString(2)))];
        foreach (FlowRow flow in flows.Flows.Values)
        {
            JudgeHistory(flow, [.. flows.History[flow.Id]], declared);
        }

        await JudgePeopleAsync(world, retries);
    }

    private void JudgeHistory(FlowRow flow, HistoryRow[] history, HashSet<(string, string, string)> declared)
    {
        int seed = flows.SeedOf(flow);
        findings.Demand(history.Length == flow.Version && history[^1].To == flow.State, "V6", seed, $"{flow} is not where its history ends");
        string before = "";
        for (int index = 0; index < history.Length; index++)
        {
            HistoryRow entry = history[index];
            findings.Demand(entry.Version == index + 1 && entry.From == before, "V6", seed, $"{flow}: a gap before version {entry.Version}");
            findings.Demand(declared.Contains((flow.Kind, entry.From, entry.To)), "V6", seed, $"{flow}: {entry.From} to {entry.To} is not declared");
            bool isExit = index > 0 && Kinds.Contains(flow.Kind) && Ends.Contains(entry.From);
            findings.Demand(
                !isExit || Exits.Contains((flow.Kind, entry.From, entry.To, entry.Reason)),
                "V6", seed, $"{flow}: left {entry.From} for {entry.To} because of '{entry.Reason}'");
            findings.Demand(
                entry.From != "failed" || entry.To == "failed" || HasWaited(history[..index]),
                "V6", seed, $"{flow}: said 'failed' before it could know, and is {entry.To} now");
            bool isBack = flow.Kind == FlowRecord.Payment && Ranks.GetValueOrDefault(entry.To, int.MaxValue) < Ranks.GetValueOrDefault(entry.From, -1);
            findings.Demand(
                !isBack || StepsBack.Contains(entry.Reason) || (Ends.Contains(entry.From) && isExit),
                "V6", seed, $"{flow}: back from {entry.From} to {entry.To} because of '{entry.Reason}'");
            findings.Demand(entry.Reason.Length > 0 && entry.Actor.Length > 0, "V10", seed, $"{flow}: version {entry.Version} has nobody or no reason");
            before = entry.To;
        }
    }

    /// <summary>Whether it was given up for lost only after the time in which a provider may still show it.</summary>
    /// <remarks>
    /// The window runs from when the intent was formed: after the change before it. Its own line of history has the time of the turn's end, which a
    /// busy machine puts off by seconds.
    /// </remarks>
    private static bool HasWaited(HistoryRow[] before)
    {
        int sent = Array.FindLastIndex(before, entry => entry.To == "submitting");
        int lost = Array.FindLastIndex(before, entry => entry.To == "failed" && entry.From != "failed");
        return sent > 0 && lost > sent && before[lost].At - before[sent - 1].At >= SequenceWorld.SettleWindow;
    }

    /// <param name="retries">How many an operator has asked for.</param>
    private async Task JudgePeopleAsync(SequenceWorld world, int retries)
    {
        IReadOnlyList<string> payloads = await world.RowsAsync("select payload from flows.signal where source = 'operator'", row => row.GetString(0));
        findings.Demand(payloads.Count == retries, "V10", 0, $"{retries} actions of operators, {payloads.Count} of them are on record");
        foreach (string payload in payloads)
        {
            JsonElement action = JsonSerializer.Deserialize<JsonElement>(payload);
            findings.Demand(Has(action, "by") && Has(action, "reason"), "V10", 0, $"an operator's action without who or why: {payload}");
        }
    }

    private static bool Has(JsonElement action, string name) => action.TryGetProperty(name, out JsonElement value) && value.GetString() is { Length: > 0 };
}
