using System.Text;
using System.Text.Json;
using Florin.Server.Configuration;
using Florin.Server.Hosting;
using Florin.Tests.Faults;
using Florin.Tests.Server;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Events;

/// <summary>Events and endpoints over the real server's API.</summary>
public sealed class EventsHttpTests(EventServer world) : IClassFixture<EventServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ServerProcess Server => world.Server;

    [Fact]
    public async Task Money_that_moves_is_told_signed_numbered_and_as_the_api_shows_it()
    {
        await using EventReceiver receiver = new();
        (_, string secret) = await world.SubscribeAsync(receiver.Url);
        (string id, string email, string token, string depositId) = await world.FundAsync("25.00");
        (string otherId, _, _) = await Server.CreateUserAsync();
        JsonElement transfer = await Server.PostAsync(
            "/wallets/transfers", new { to = otherId, amount = "7.00", currency = "USD", note = "for the gardener" }, token, $"transfer-{id}");
        string transferId = transfer.GetProperty("id").GetString()!;
        await Eventually.GetAsync(
            () => Task.FromResult(receiver.Received),
            received => received.Any(item => item.ObjectId == transferId) && received.Any(item => item.Type == "deposit.succeeded"),
            "events of a deposit and a transfer");

        Assert.All(receiver.Received, item => Assert.True(item.IsSignedBy(secret)));
        Assert.All(receiver.Received, item => Assert.Equal(item.Id, item.Event.GetProperty("id").GetString()));
        ReceivedEvent[] deposit = [.. receiver.Received.Where(item => item.ObjectId == depositId).OrderBy(item => item.ObjectSequence)];
        Assert.Equal(Enumerable.Range(1, deposit.Length), deposit.Select(item => item.ObjectSequence));
        Assert.Equal(("deposit.created", "deposit.succeeded"), (deposit[0].Type, deposit[^1].Type));
        JsonElement now = await Server.GetAsync($"/wallets/deposits/{depositId}", token);
        Assert.Equal(JsonSerializer.Serialize(now), JsonSerializer.Serialize(deposit[^1].Data));
        Assert.Equal("pending", deposit[0].Data.GetProperty("status").GetString());

        // The feed has the same, and neither tells who people are or what they write.
        IReadOnlyList<JsonElement> feed = await world.EventsAsync(limit: 2);
        Assert.Equal(Enumerable.Range(1, feed.Count).Select(number => (long)number), feed.Select(item => item.GetProperty("sequence").GetInt64()));
        foreach (ReceivedEvent item in receiver.Received)
        {
            Assert.Equal(JsonSerializer.Serialize(feed[(int)item.Sequence - 1]), JsonSerializer.Serialize(item.Event));
            string text = Encoding.UTF8.GetString(item.Body);
            Assert.All([email, "gardener", "pm_", "cus_"], word => Assert.DoesNotContain(word, text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Secret_is_shown_once_and_unreadable_in_the_database()
    {
        await using EventReceiver receiver = new();
        (string id, string secret) = await world.SubscribeAsync(receiver.Url, "deposit.*");
        Assert.False((await Server.GetAsync($"/webhook-endpoints/{id}", Server.AdminApiKey)).TryGetProperty("secret", out _));
        Assert.DoesNotContain(secret, (await Server.GetAsync("/webhook-endpoints", Server.AdminApiKey)).ToString(), StringComparison.Ordinal);
        string hex = Convert.ToHexStringLower(Convert.FromBase64String(secret["whsec_".Length..]));
        Assert.Equal(0, await world.Database.QueryAsync<long>(
            $"select count(*) from flows.webhook_endpoint where encode(secret, 'hex') like '%{hex}%' or secret::text like '%{secret}%'"));

        JsonElement rotated = await Server.PostAsync($"/webhook-endpoints/{id}/rotate-secret?overlap_hours=1", new { }, Server.AdminApiKey);
        Assert.NotEqual(secret, rotated.GetProperty("secret").GetString());
        string depositId = (await world.FundAsync("1.00")).DepositId;
        await Eventually.GetAsync(
            () => Task.FromResult(receiver.Received.Count(item => item.ObjectId == depositId)), count => count > 0, "an event after the rotation");
        Assert.All(receiver.Received.Where(item => item.ObjectId == depositId), item => Assert.True(item.IsSignedBy(secret) && item.IsSignedBy(rotated.GetProperty("secret").GetString()!)));

        using HttpResponseMessage removed = await Server.SendAsync(HttpMethod.Delete, $"/webhook-endpoints/{id}", token: Server.AdminApiKey);
        Assert.Equal(204, (int)removed.StatusCode);
        await Problem.AssertAsync(await Server.SendAsync(HttpMethod.Get, $"/webhook-endpoints/{id}", token: Server.AdminApiKey), 404, "not_found");
    }

    [Fact]
    public async Task Failed_deliveries_are_listed_and_replayed()
    {
        await using EventReceiver receiver = new() { Answer = _ => 503 };
        (string id, _) = await world.SubscribeAsync(receiver.Url, "deposit.succeeded");
        string depositId = (await world.FundAsync("2.00")).DepositId;
        string path = $"/webhook-endpoints/{id}/deliveries";
        JsonElement failed = Own(await Eventually.GetAsync(
            () => Server.GetAsync($"{path}?status=pending", Server.AdminApiKey),
            list => Own(list) is { ValueKind: JsonValueKind.Object } item && item.TryGetProperty("last_status", out _),
            "a failed delivery"));
        Assert.Equal(("refused", 503), (failed.GetProperty("last_error").GetString(), failed.GetProperty("last_status").GetInt32()));

        receiver.Answer = _ => 200;
        string sequence = failed.GetProperty("sequence").ToString();
        await Server.PostAsync($"{path}/{sequence}/replay", new { }, Server.AdminApiKey);
        await Eventually.GetAsync(
            () => Server.GetAsync($"{path}?status=delivered", Server.AdminApiKey),
            list => Own(list).ValueKind == JsonValueKind.Object,
            "the delivery");
        Assert.True(receiver.Received.Last(item => item.ObjectId == depositId).IsReplay);
        JsonElement range = await Server.PostAsync($"/webhook-endpoints/{id}/replay?since=0", new { }, Server.AdminApiKey);
        Assert.True(range.GetProperty("queued").GetInt32() >= 1);
        await Problem.AssertAsync(await Server.SendAsync(HttpMethod.Post, $"/webhook-endpoints/{id}/replay", new { }, Server.AdminApiKey), 400, "bad_query");
        Assert.False((await Server.PostAsync($"/webhook-endpoints/{id}/disable", new { }, Server.AdminApiKey)).GetProperty("enabled").GetBoolean());
        Assert.True((await Server.PostAsync($"/webhook-endpoints/{id}/enable", new { }, Server.AdminApiKey)).GetProperty("enabled").GetBoolean());

        JsonElement Own(JsonElement list) => list.GetProperty("data").EnumerateArray().FirstOrDefault(item =>
            item.GetProperty("event_id").GetString()!.Contains(depositId.Replace("-", "", StringComparison.Ordinal), StringComparison.Ordinal));
    }

    [Theory]
    [Fault("O-06")]
    [InlineData("https://169.254.169.254/latest/meta-data/")]
    [InlineData("https://10.0.0.1/")]
    [InlineData("https://[fd00:ec2::254]/")]
    [InlineData("gopher://127.0.0.1/")]
    public async Task Address_inside_is_refused_at_registration(string url) => await Problem.AssertAsync(
        await Server.SendAsync(HttpMethod.Post, "/webhook-endpoints", new { url }, Server.AdminApiKey), 422, "validation_failed");

    [Fact]
    public async Task Events_need_their_scopes()
    {
        (_, _, string user) = await Server.CreateUserAsync();
        await Problem.AssertAsync(await Server.SendAsync(HttpMethod.Get, "/events"), 401, "unauthenticated");
        await Problem.AssertAsync(await Server.SendAsync(HttpMethod.Get, "/events", token: user), 403, "insufficient_scope");
        JsonElement key = await Server.PostAsync("/api-keys", new { name = "reader", scopes = (string[])["events:read"] }, Server.AdminApiKey);
        string reader = key.GetProperty("key").GetString()!;
        await Server.GetAsync("/events", reader);
        await Problem.AssertAsync(
            await Server.SendAsync(HttpMethod.Post, "/webhook-endpoints", new { url = "https://hooks.example/" }, reader), 403, "insufficient_scope");
        await Problem.AssertAsync(await Server.SendAsync(HttpMethod.Get, "/events?since=-1", token: reader), 400, "bad_query");
    }

    [Fact]
    public async Task Metrics_tell_lag_and_failures()
    {
        await using EventReceiver receiver = new() { Answer = _ => 500 };
        await world.SubscribeAsync(receiver.Url);
        await world.FundAsync("3.00");
        await Eventually.GetAsync(
            () => Server.Http.GetStringAsync("/metrics", Token),
            text => text.Contains("florin_events_delivery_failures_total{", StringComparison.Ordinal)
                && text.Contains("florin_events_number_lag_seconds_count", StringComparison.Ordinal)
                && text.Contains("florin_events_oldest_pending_seconds", StringComparison.Ordinal),
            "metrics of events");
    }

    [Theory]
    [InlineData("true", true, true)]
    [InlineData("false", false, false)]
    [InlineData("true", false, null)]
    [InlineData("perhaps", true, null)]
    public void Endpoints_on_this_machine_are_for_development_only(string setting, bool isDevelopment, bool? allows)
    {
        FlorinConfiguration configuration = FlorinConfiguration.Load(
            Path.GetTempPath(), new Dictionary<string, string>(), new Dictionary<Setting, string> { [Settings.AllowLoopbackEndpoints] = setting });
        if (allows is { } expected)
        {
            Assert.Equal(expected, Timing.Events(configuration, isDevelopment).AllowsLoopback);
            return;
        }

        Assert.Throws<ConfigurationRefusedException>(() => Timing.Events(configuration, isDevelopment));
    }
}
