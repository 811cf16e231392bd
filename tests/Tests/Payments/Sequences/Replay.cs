using System.Text.Json;
using System.Text.Json.Nodes;

namespace Florin.Tests.Payments.Sequences;

/// <summary>V9: everything that the provider ever told is told twice more, shuffled, and nothing changes.</summary>
internal static class Replay
{
    private const int SendersMax = 8;

    /// <summary>Every state, every fact, every balance and every event, as one text's hash.</summary>
    private const string State =
        "select md5(coalesce((select string_agg(f.id::text || f.state || f.version || f.data::text || coalesce(f.parked_reason, ''), ',' order by f.id) from flows.flow f), '') "
        + "|| (select count(*)::text from flows.event) || (select count(*)::text from flows.history) || (select hash::text from ledger.head) "
        + "|| coalesce((select string_agg(b.address || b.asset || b.debits_posted || b.credits_posted || b.debits_pending || b.credits_pending, ',' order by b.number) "
        + "from ledger.balances b), ''))";

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
        string before = await world.Database.QueryAsync<string>(State);
        await Parallel.ForEachAsync(messages, new ParallelOptions { MaxDegreeOfParallelism = SendersMax }, async (send, _) => await send());
        await Rest.WhenReachedAsync(world, findings, forged: fresh.Length);
        string after = await world.Database.QueryAsync<string>(State);
        findings.Demand(refused == 0, "V9", 0, $"{refused} of {messages.Length} messages were refused");
        findings.Demand(before == after, "V9", 0, $"{messages.Length} messages that were told before have changed something");
    }

    private static string Renamed(string body, string id)
    {
        JsonObject message = JsonNode.Parse(body)!.AsObject();
        message["id"] = $"{id}again";
        return message.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }
}
