using Florin.Tests.Faults;

namespace Florin.Tests.Payments.Sequences;

/// <summary>When everything has come to rest: nothing is under way in the flows, and everything that the provider told of was worked off.</summary>
internal static class Rest
{
    /// <summary>States that end by themselves. A flow that is parked waits for a person.</summary>
    private const string Open =
        "select count(*) from flows.flow where parked_reason is null and (state in ('created', 'submitting', 'queued', 'processing', 'unknown', 'capturing', "
        + "'voiding', 'pending', 'noticed', 'awaiting_funds', 'contested', 'returning') or (last_signal_id > considered_signal_id and (lease is not null or due_at <= last_signal_at)))";

    private const string Inbox = "select count(*) from flows.inbound_event where status = 'pending'";
    private const string Outbox = "select count(*) from flows.outbox";
    private const string Known = "select count(*) from flows.inbound_event where event_id not like '%again%'";

    /// <summary>One step of the provider's clock.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(2);

    /// <summary>What has not come to rest by then never will, on whatever machine: the provider answers well, and nobody asks for anything.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    /// <returns>Whether it came to rest; what did not is told.</returns>
    public static async Task<bool> WhenReachedAsync(SequenceWorld world, Findings findings)
    {
        try
        {
            await Eventually.GetAsync(
                () => LookAsync(world),
                seen => seen is { Open: 0, Inbox: 0, Outbox: 0 } && seen.Known == seen.Told,
                "nothing under way",
                Patience);
            return true;
        }
        catch (TimeoutException exception)
        {
            FlowRecord flows = await FlowRecord.ReadAsync(world);
            findings.Demand(false, "V12", 0, $"no rest: {exception.Message}");
            foreach (string id in await world.RowsAsync(Open.Replace("count(*)", "id::text", StringComparison.Ordinal), row => row.GetString(0)))
            {
                findings.Demand(false, "V12", flows.SeedOf(flows.Flows[id]), $"{flows.Flows[id]} does not come to rest");
            }

            return false;
        }
    }

    private static async Task<State> LookAsync(SequenceWorld world)
    {
        // What began a moment ago comes to its end at the provider only when time passes there.
        await world.Sandbox.AdvanceAsync(Step);
        long told = (await world.Sandbox.TotalsAsync()).GetProperty("created").GetProperty("event").GetInt64();
        return new State(
            told, await world.Database.QueryAsync<long>(Known), await world.Database.QueryAsync<long>(Inbox), await world.Database.QueryAsync<long>(Open),
            await world.Database.QueryAsync<long>(Outbox));
    }

    private sealed record State(long Told, long Known, long Inbox, long Open, long Outbox);
}
