using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Everything that a provider held back at once. How fast it is taken is measured by <c>./bench webhooks</c>.</summary>
public sealed class HttpBacklogTests(HttpWebhookWorld world) : IClassFixture<HttpWebhookWorld>
{
    private const int Events = 10_000;
    private const int EventsPerObject = 25;
    private const int Senders = 16;

    /// <summary>Judged by the database itself: a trigger writes down in which order the server finished with events.</summary>
    [Fact]
    [Trait("Category", "Slow")]
    [Fault("W-14")]
    public async Task A_backlog_is_taken_whole_and_worked_in_the_order_of_each_object()
    {
        await world.Database.ExecuteAsync(
            """
            create table public.finished (number bigint generated always as identity, event_id text not null);
            create function public.note_finished() returns trigger language plpgsql security definer as $$
            begin
                if old.status = 'pending' and new.status <> 'pending' then
                    insert into public.finished (event_id) values (new.event_id);
                end if;
                return null;
            end $$;
            create trigger note_finished after update on flows.inbound_event for each row execute function public.note_finished();
            """);
        LoadUser user = await world.CreateUserAsync();
        await world.Sandbox.FaultAsync("webhook", "drop_webhook", count: 1_000);
        HttpAnswer deposit = await world.DepositAsync(user, "15.00", sourceId: user.BankId);
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.Sandbox.ClearFaultsAsync();
        Assert.Equal("pending", await world.StateAsync(deposit.Id));
        IReadOnlyList<JsonElement> told = await world.EventsAsync(deposit.Id);

        // The events of one object in their order; objects beside each other, and one that is ours among them.
        int[][] answers = await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            List<int> statuses = [];
            for (int ofObject = sender; ofObject < Events / EventsPerObject; ofObject += Senders)
            {
                for (int number = 0; number < EventsPerObject; number++)
                {
                    statuses.Add(await world.PostEventAsync(Foreign(told[0], ofObject, number)));
                }

                if (ofObject == Events / EventsPerObject / 2)
                {
                    foreach (JsonElement ours in told)
                    {
                        statuses.Add(await world.PostEventAsync(ours.GetRawText()));
                    }
                }
            }

            return statuses.ToArray();
        })));
        Assert.Equal(Events + told.Count, answers.Sum(statuses => statuses.Count(status => status == 200)));
        await world.StateAsync(deposit.Id, "succeeded");
        await Eventually.GetAsync(() => CountAsync("status = 'pending'"), open => open == 0, "the inbox empty");

        Assert.Equal(Events, await CountAsync("event_id like 'evt_backlog_%' and status in ('done', 'ignored') and attempts = 0"));
        Assert.Equal(Events, await world.Database.QueryAsync<long>("select count(distinct event_id) from public.finished where event_id like 'evt_backlog_%'"));
        Assert.Equal(Events, await world.Database.QueryAsync<long>("select count(*) from public.finished where event_id like 'evt_backlog_%'"));
        Assert.Equal(0, await world.Database.QueryAsync<long>(
            "select count(*) from (select e.sequence, lag(e.sequence) over (partition by e.object_id order by f.number) as before "
            + "from public.finished f join flows.inbound_event e using (event_id)) s where s.before > s.sequence"));
        Assert.Equal(1_500, await world.BalanceAsync(user));
    }

    /// <summary>An event of an object that another system on the same account has.</summary>
    private static string Foreign(JsonElement like, int ofObject, int number)
    {
        JsonObject told = JsonNode.Parse(like.GetRawText())!.AsObject();
        told["id"] = string.Create(CultureInfo.InvariantCulture, $"evt_backlog_{ofObject}_{number}");
        JsonObject spokenOf = told["data"]!["object"]!.AsObject();
        spokenOf["id"] = string.Create(CultureInfo.InvariantCulture, $"pi_backlog_{ofObject}");
        spokenOf["metadata"] = new JsonObject();
        return told.ToJsonString();
    }

    private Task<long> CountAsync(string where) => world.Database.QueryAsync<long>($"select count(*) from flows.inbound_event where {where}");
}
