using System.Text.Json;
using System.Text.Json.Nodes;

namespace Florin.Tests.Payments.Sequences;

/// <summary>V9: everything that the provider ever told is told twice more, shuffled, and nothing changes.</summary>
internal static class Replay
{
    private const int SendersMax = 8;

    /// <summary>How many of the things that changed are told.</summary>
    private const int ChangesMax = 10;

    /// <summary>Every state, every fact, every balance and every event, by name.</summary>
    private const string State =
        "select f.kind || ' ' || f.id, f.state || ' version ' || f.version || ' ' || coalesce(f.parked_reason, '') || ' ' || f.data::text from flows.flow f "
        + "union all select 'events', count(*)::text from flows.event union all select 'history', count(*)::text from flows.history "
        + "union all select 'head', hash::text from ledger.head "
        + "union all select b.address || ' ' || b.asset, concat_ws(' ', b.debits_posted, b.credits_posted, b.debits_pending, b.credits_pending) from ledger.balances b";

    /// <param name="freshIds">How many come under ids that nobody has seen as well, so that they are worked off once more; at most one for each object.</param>
    public static async Task JudgeAsync(SequenceWorld world, int seed, int freshIds, IReadOnlyList<string> payPalEvents, Findings findings)
    {
        IReadOnlyList<(string Id, string Object, string Body)> events = await world.RowsAsync(
            "select event_id, object_id, body from flows.inbound_event where provider = 'stripe' order by sequence",
            row => (row.GetString(0), row.GetString(1), row.GetString(2)));
        Random random = new(seed);
        string[] fresh = [.. events.GroupBy(entry => entry.Object).Select(group => group.ElementAt(random.Next(group.Count())))
            .Take(freshIds).Select(entry => Renamed(entry.Body, entry.Id))];
        string[] again = [.. payPalEvents];
        random.Shuffle(again);
        int refused = 0;
        async Task StripeAsync(string body)
        {
            if (await world.PostEventAsync(body) != 200)
            {
                Interlocked.Increment(ref refused);
            }
        }

        Func<Task>[] messages =
        [
            .. events.Concat(events).Select(entry => entry.Body).Concat(fresh).Concat(fresh).Select<string, Func<Task>>(body => () => StripeAsync(body)),
            .. again.Concat(again).Select<string, Func<Task>>(id => () => world.Sandbox.TellAgainAsync(id, isNew: false)),
            .. again.Take(freshIds / 2).Select<string, Func<Task>>(id => () => world.Sandbox.TellAgainAsync(id, isNew: true)),
        ];
        random.Shuffle(messages);
        Dictionary<string, string> before = await StateAsync(world);
        await Parallel.ForEachAsync(messages, new ParallelOptions { MaxDegreeOfParallelism = SendersMax }, async (send, _) => await send());
        await Rest.WhenReachedAsync(world, findings, forged: fresh.Length);
        Dictionary<string, string> after = await StateAsync(world);
        string[] changed = [.. after.Where(entry => before.GetValueOrDefault(entry.Key) != entry.Value).Select(entry => $"{entry.Key}: {before.GetValueOrDefault(entry.Key)} -> {entry.Value}")];
        findings.Demand(refused == 0, "V9", 0, $"{refused} of {messages.Length} messages were refused");
        findings.Demand(
            changed.Length == 0 && before.Count == after.Count,
            "V9", 0, $"{messages.Length} messages that were told before have changed {changed.Length} things: {string.Join("; ", changed.Take(ChangesMax))}");
    }

    private static async Task<Dictionary<string, string>> StateAsync(SequenceWorld world) =>
        (await world.RowsAsync(State, row => (Name: row.GetString(0), Value: row.GetString(1)))).ToDictionary(entry => entry.Name, entry => entry.Value, StringComparer.Ordinal);

    private static string Renamed(string body, string id)
    {
        JsonObject message = JsonNode.Parse(body)!.AsObject();
        message["id"] = $"{id}again";
        return message.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }
}
