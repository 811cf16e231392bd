using System.Text.Json;
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
    private const string Known = "select count(*) from flows.inbound_event";
    private const string Deliveries = "select count(*) from flows.delivery where status = 'pending'";

    /// <summary>One step of the provider's clock.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(2);

    /// <summary>What has not come to rest by then never will, on whatever machine: the provider answers well, and nobody asks for anything.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    /// <param name="forged">Messages of a provider that the test made itself.</param>
    /// <param name="isEnd">Whether every event must have reached its receiver as well: what was under way when the server died takes half a minute.</param>
    /// <returns>Whether it came to rest; what did not is told.</returns>
    public static async Task<bool> WhenReachedAsync(SequenceWorld world, Findings findings, int forged = 0, bool isEnd = false)
    {
        try
        {
            await Eventually.GetAsync(
                () => LookAsync(world),
                seen => seen is { Open: 0, Inbox: 0, Outbox: 0 } && (seen.Deliveries == 0 || !isEnd) && seen.Known == seen.Told + forged,
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
        long told = Told(await world.Sandbox.TotalsAsync()) + Told(await world.Sandbox.PayPalTotalsAsync());
        return new State(
            told, await world.Database.QueryAsync<long>(Known), await world.Database.QueryAsync<long>(Inbox), await world.Database.QueryAsync<long>(Open),
            await world.Database.QueryAsync<long>(Outbox), await world.Database.QueryAsync<long>(Deliveries));
    }

    private static long Told(JsonElement totals) => totals.GetProperty("created").GetProperty("event").GetInt64();

    private sealed record State(long Told, long Known, long Inbox, long Open, long Outbox, long Deliveries);
}
