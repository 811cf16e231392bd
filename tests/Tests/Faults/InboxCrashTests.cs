using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Florin.Tests.Support;
using Npgsql;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>The inbox of provider events is a queue: it delivers again, in another order, and its consumer dies between the effect and the mark.</summary>
public sealed class InboxCrashTests
{
    /// <summary>Nobody marks an event as done while the test holds it.</summary>
    private const long MarkLock = 7_403;

    private const int Users = 3;
    private const int Seed = 20_260_601;

    private const string StandsStill =
        "create function public.stand_still() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(7403); return new; end $$;"
        + " create trigger stand_still before update on flows.inbound_event for each row when (new.status = 'done' and old.status = 'pending') execute function public.stand_still();";

    private const string Marking =
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and wait_event = 'advisory'";

    [Fact]
    [Fault("T-03")]
    public async Task Events_worked_twice_in_any_order_by_a_consumer_that_dies_before_the_mark_have_one_effect()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using SandboxProcess sandbox = await SandboxProcess.StartAsync();
        await using ServerProcess server = await StartAsync(database, sandbox);
        List<Acknowledged> acknowledged = [];
        for (int number = 0; number < Users; number++)
        {
            LoadUser user = await MovementSender.CreateUserAsync(server);
            await WishAsync(server, user, OperationKind.CardDeposit, 10_000 + number, acknowledged);
            await WishAsync(server, user, OperationKind.BankDeposit, 2_000 + number, acknowledged);
            await WishAsync(server, user, OperationKind.Withdrawal, 300 + number, acknowledged);
        }

        await sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        string[] events = [.. (await sandbox.ObjectsAsync("event")).Select(entry => entry.GetRawText())];

        // The first delivery, shuffled and doubled. The consumer works, and dies while it marks what it has done.
        Random random = new(Seed);
        await database.ExecuteAsync(StandsStill);
        await using (NpgsqlConnection holder = await database.Owner.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await using NpgsqlCommand holding = new($"select pg_advisory_lock({MarkLock})", holder);
            await holding.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            await DeliverAsync(server, Shuffled(events, random));
            long marking = await Eventually.GetAsync(() => database.QueryAsync<long>(Marking), waiting => waiting > 0, "an event that is worked and not marked");

            // What is about to be marked has had its effect.
            Assert.InRange(await database.QueryAsync<long>("select count(*) from flows.signal"), marking, long.MaxValue);
            await server.KillAsync();
            await database.ExecuteAsync(
                "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = current_database() and wait_event = 'advisory' and wait_event_type = 'Lock'");
        }

        Assert.True(await database.QueryAsync<long>(WorkedAndMarked("=")) > 0);
        Assert.Equal(0L, await database.QueryAsync<long>(WorkedAndMarked("<>")));
        long signals = await database.QueryAsync<long>("select count(*) from flows.signal");
        await database.ExecuteAsync("drop trigger stand_still on flows.inbound_event; update flows.inbound_event set due_at = received_at");
        await server.StartAgainAsync();
        MoneyJudge judge = new(database, sandbox);
        await WorkedAsync(database);
        await judge.QuietAsync();
        await judge.JudgeAsync(acknowledged);
        Assert.True(await database.QueryAsync<long>("select count(*) from flows.signal") >= signals);
        string end = await EndStateAsync(database);

        // All of it once more, shuffled and doubled, handed to the consumer again: the same end.
        await DeliverAsync(server, Shuffled(events, random));
        foreach (string id in Shuffled(events, random).Select(Id))
        {
            await server.PostAsync($"/webhooks/inbox/stripe/{id}/replay", new { reason = "the queue delivers again" }, server.AdminApiKey);
        }

        await WorkedAsync(database);
        await Eventually.GetAsync(
            () => database.QueryAsync<long>("select count(*) from flows.flow where due_at is not null and due_at < now()"), due => due == 0, "flows that were woken");
        await judge.JudgeAsync(acknowledged);
        Assert.Equal(end, await EndStateAsync(database));
    }

    /// <param name="comparison">With <c>=</c> what had its effect and is still to be done by the mark, with the opposite what is marked.</param>
    private static string WorkedAndMarked(string comparison) =>
        $"select count(*) from flows.inbound_event e where e.status {comparison} 'pending' and exists (select from flows.signal s where s.source_id = e.event_id)";

    private static Task<ServerProcess> StartAsync(TestDatabase database, SandboxProcess sandbox) => ServerProcess.StartAsync(
        database.OwnerUrl,
        new Dictionary<string, string>
        {
            ["FLORIN__STRIPE__WEBHOOK_SECRET"] = HttpWorld.WebhookSecret,
            ["FLORIN__FLOWS__LEASE_SECONDS"] = "3",
            ["FLORIN__FLOWS__PULL_SECONDS"] = "3600",
            ["FLORIN__WALLETS__POLL_FIRST_SECONDS"] = "3600",
        },
        "--sandbox-url",
        sandbox.Url.ToString());

    private static async Task WishAsync(ServerProcess server, LoadUser user, OperationKind kind, long cents, List<Acknowledged> acknowledged)
    {
        Operation wish = new(kind, $"{kind}-{user.Id}", user.Id, null, cents);
        HttpAnswer answer = await MovementSender.SendAsync(server, user, wish);
        acknowledged.Add(new Acknowledged(wish, answer.Id, answer.MovementStatus));
    }

    private static Task WorkedAsync(TestDatabase database) => Eventually.GetAsync(
        () => database.QueryAsync<long>("select count(*) from flows.inbound_event where status = 'pending'"), pending => pending == 0, "events that are worked");

    /// <summary>All that a replay must not change: where each flow is and how it came there, every posting, every balance.</summary>
    private static Task<string> EndStateAsync(TestDatabase database) => database.QueryAsync<string>(
        "select md5((select string_agg(concat_ws(' ', f.id, f.state, f.version), ',' order by f.id) from flows.flow f)"
        + " || (select string_agg(concat_ws(' ', h.flow_id, h.version, h.to_state), ',' order by h.flow_id, h.version) from flows.history h)"
        + " || (select string_agg(concat_ws(' ', t.transaction_id, t.sequence), ',' order by t.sequence, t.transaction_id) from ledger.transfers t)"
        + " || (select string_agg(concat_ws(' ', b.address, b.asset, b.credits_posted, b.debits_posted), ',' order by b.address, b.asset) from ledger.balances b))");

    private static string[] Shuffled(string[] events, Random random)
    {
        string[] twice = [.. events, .. events];
        random.Shuffle(twice);
        return twice;
    }

    private static string Id(string body) => JsonSerializer.Deserialize<JsonElement>(body).GetProperty("id").GetString()!;

    private static async Task DeliverAsync(ServerProcess server, string[] bodies)
    {
        foreach (string body in bodies)
        {
            long time = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
            byte[] hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(HttpWorld.WebhookSecret), Encoding.UTF8.GetBytes($"{time}.{body}"));
            using HttpRequestMessage request = new(HttpMethod.Post, "/webhooks/stripe") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            request.Headers.TryAddWithoutValidation("Stripe-Signature", $"t={time},v1={Convert.ToHexStringLower(hash)}");
            using HttpResponseMessage response = await server.Http.SendAsync(request);
            Assert.True(response.IsSuccessStatusCode);
        }
    }
}
