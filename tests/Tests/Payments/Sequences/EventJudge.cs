using Florin.Tests.Events;

namespace Florin.Tests.Payments.Sequences;

/// <summary>V8: every change is one event, without gaps; every event was delivered, or lies parked where an operator sees it.</summary>
internal sealed class EventJudge(FlowRecord flows, Findings findings)
{
    public async Task JudgeAsync(SequenceWorld world)
    {
        IReadOnlyList<EventRow> events = await world.RowsAsync(
            "select v.sequence, v.flow_id::text, v.version, v.type, coalesce(d.status, 'absent') from flows.event v left join flows.delivery d using (sequence) order by v.sequence",
            row => new EventRow(row.GetInt64(0), row.GetString(1), row.GetInt32(2), row.GetString(3), row.GetString(4)));
        Dictionary<string, int> last = [];
        for (int index = 0; index < events.Count; index++)
        {
            EventRow told = events[index];
            findings.Demand(told.Sequence == index + 1, "V8", 0, $"event {told.Sequence} stands at place {index + 1}");
            findings.Demand(
                told.Version == last.GetValueOrDefault(told.Flow) + 1, "V8", 0, $"event {told.Sequence} is version {told.Version} of {told.Flow} after {last.GetValueOrDefault(told.Flow)}");
            last[told.Flow] = told.Version;
        }

        foreach (FlowRow flow in flows.Flows.Values)
        {
            findings.Demand(last.GetValueOrDefault(flow.Id) == flow.Version, "V8", flows.SeedOf(flow), $"{flow} has events up to {last.GetValueOrDefault(flow.Id)}");
        }

        JudgeDeliveries(world, events);
    }

    /// <summary>A receiver sees the versions of an object in their order, repeats aside.</summary>
    private void JudgeDeliveries(SequenceWorld world, IReadOnlyList<EventRow> events)
    {
        IReadOnlySet<long> taken = world.Listener.Taken;
        Dictionary<long, EventRow> bySequence = events.ToDictionary(told => told.Sequence);
        foreach (EventRow told in events)
        {
            bool isAsTold = told.Status == "parked" || (told.Status == "delivered" && taken.Contains(told.Sequence));
            findings.Demand(isAsTold, "V8", SeedOf(told), $"event {told.Sequence} ({told.Type}) is {told.Status}; the receiver {(taken.Contains(told.Sequence) ? "took" : "never took")} it");
        }

        Dictionary<string, int> seen = [];
        HashSet<long> known = [];
        foreach (ReceivedEvent received in world.Listener.Received.Where(received => known.Add(received.Sequence)))
        {
            bool isOurs = bySequence.TryGetValue(received.Sequence, out EventRow? told)
                && (told.Flow, told.Version, told.Type) == (received.ObjectId, received.ObjectSequence, received.Type);
            findings.Demand(isOurs, "V8", told is null ? 0 : SeedOf(told), $"the receiver got {received.Type} {received.Sequence} of {received.ObjectId}, version {received.ObjectSequence}: {told}");
            findings.Demand(
                received.ObjectSequence > seen.GetValueOrDefault(received.ObjectId),
                "V8", told is null ? 0 : SeedOf(told), $"version {received.ObjectSequence} of {received.ObjectId} came after {seen.GetValueOrDefault(received.ObjectId)}");
            seen[received.ObjectId] = received.ObjectSequence;
        }
    }

    private int SeedOf(EventRow told) => flows.Flows.TryGetValue(told.Flow, out FlowRow? flow) ? flows.SeedOf(flow) : 0;

    private sealed record EventRow(long Sequence, string Flow, int Version, string Type, string Status);
}
