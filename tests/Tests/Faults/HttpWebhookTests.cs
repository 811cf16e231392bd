using System.Text.Json;
using System.Text.Json.Nodes;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Webhooks that come twice, early, late, out of order, forged or strange. Nothing else moves what is open in this world.</summary>
public sealed class HttpWebhookTests(HttpWebhookWorld world) : IClassFixture<HttpWebhookWorld>
{
    private const int Copies = 20;

    private static readonly TimeSpan SixHours = TimeSpan.FromHours(6);

    [Fact]
    [Fault("W-01")]
    public async Task The_same_event_many_times_at_once_has_one_effect()
    {
        LoadUser user = await world.CreateUserAsync();
        (HttpAnswer deposit, IReadOnlyList<JsonElement> events) = await UntoldDepositAsync(user, "15.00");
        JsonElement told = Succeeded(events);
        int[] answers = await Task.WhenAll(Enumerable.Range(0, Copies).Select(_ => world.PostEventAsync(told.GetRawText())));
        Assert.All(answers, status => Assert.Equal(200, status));
        await world.StateAsync(deposit.Id, "succeeded");

        // And twice by the provider itself, a moment apart.
        await world.Sandbox.FaultAsync("webhook", "duplicate_webhook", count: 100);
        HttpAnswer second = await world.DepositAsync(user, "5.00", sourceId: user.BankId);
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.StateAsync(second.Id, "succeeded");
        await world.Sandbox.ClearFaultsAsync();

        Assert.Equal(1, await world.Database.QueryAsync<long>(
            $"select count(*) from flows.signal where flow_id = '{deposit.Id}' and source_id = '{told.GetProperty("id").GetString()}'"));
        Assert.Equal(2_000, await world.BalanceAsync(user));
        Assert.Equal(1, await PostedAsync(deposit.Id));
        Assert.Equal(1, await PostedAsync(second.Id));
    }

    [Fact]
    [Fault("W-02")]
    public async Task An_event_before_our_own_answer_is_neither_lost_nor_doubled()
    {
        LoadUser user = await world.CreateUserAsync();

        // The provider does the work and tells of it, and holds our own answer until we give up. No look is due for an hour.
        await world.Sandbox.FaultAsync("payment_intents.create", "timeout_after_effect");
        HttpAnswer answer = await world.DepositAsync(user, "21.00");
        await world.StateAsync(answer.Id, "succeeded");
        Assert.Equal("created submitting unknown succeeded", await world.PathAsync(answer.Id));
        Assert.Equal(2_100, await world.BalanceAsync(user));
        Assert.Single(await world.PaymentsAsync(user));
        Assert.Equal(1, await world.PostingsAsync(user));
    }

    [Fact]
    [Fault("W-03")]
    public async Task Events_in_reverse_order_and_twice_end_right()
    {
        LoadUser user = await world.CreateUserAsync("50.00");
        await world.Sandbox.FaultAsync("webhook", "drop_webhook", count: 1_000);
        HttpAnswer deposit = await world.DepositAsync(user, "15.00", sourceId: user.BankId);
        HttpAnswer withdrawal = await world.WithdrawAsync(user, "30.00");
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.Sandbox.ClearFaultsAsync();
        Assert.Equal("pending", await world.StateAsync(deposit.Id));
        Assert.Equal("in_transit", await world.StateAsync(withdrawal.Id));

        JsonElement[] events = [.. await world.EventsAsync(deposit.Id), .. await world.EventsAsync(withdrawal.Id)];
        Assert.True(events.Length >= 4);
        foreach (JsonElement told in events.Reverse().Concat(events))
        {
            await world.Sandbox.ResendEventAsync(told.GetProperty("id").GetString()!);
        }

        await world.StateAsync(deposit.Id, "succeeded");
        await world.StateAsync(withdrawal.Id, "succeeded");
        await InboxIsQuietAsync();
        Assert.Equal("created submitting pending succeeded", await world.PathAsync(deposit.Id));
        Assert.Equal("debited submitting in_transit succeeded", await world.PathAsync(withdrawal.Id));
        Assert.Equal(5_000 + 1_500 - 3_000, await world.BalanceAsync(user));
    }

    [Fact]
    [Fault("W-04")]
    public async Task An_old_failure_after_the_success_is_recorded_and_changes_nothing()
    {
        LoadUser user = await world.CreateUserAsync();
        HttpAnswer deposit = await world.DepositAsync(user, "33.00");
        await world.StateAsync(deposit.Id, "succeeded");
        JsonObject old = Altered(Succeeded(await world.EventsAsync(deposit.Id)), "payment_intent.payment_failed");
        old["data"]!["object"]!["status"] = "requires_payment_method";
        string id = old["id"]!.GetValue<string>();
        Assert.Equal(200, await world.PostEventAsync(old.ToJsonString()));
        await DoneAsync(id);
        await Eventually.GetAsync(
            () => world.Database.QueryAsync<bool>($"select considered_signal_id = last_signal_id from flows.flow where id = '{deposit.Id}'"), seen => seen, "the signal");

        Assert.Equal(1, await world.Database.QueryAsync<long>($"select count(*) from flows.signal where flow_id = '{deposit.Id}' and source_id = '{id}'"));
        Assert.Equal("created submitting succeeded", await world.PathAsync(deposit.Id));
        Assert.Equal(3_300, await world.BalanceAsync(user));
    }

    [Fact]
    [Fault("W-07")]
    public async Task A_forged_event_is_refused_and_not_stored()
    {
        LoadUser user = await world.CreateUserAsync();
        (HttpAnswer deposit, IReadOnlyList<JsonElement> events) = await UntoldDepositAsync(user, "15.00");
        JsonElement told = Succeeded(events);
        string body = told.GetRawText();
        string id = told.GetProperty("id").GetString()!;
        long stored = await InboxAsync();
        Assert.Equal(401, await world.PostEventAsync(body, secret: "whsec_of_somebody_else"));
        Assert.Equal(401, await world.PostEventAsync(body.Replace("1500", "1501", StringComparison.Ordinal), signedBody: body));
        Assert.Equal(401, await world.PostEventAsync(body + " ", signedBody: body));
        using (HttpResponseMessage unsigned = await world.Server.SendAsync(HttpMethod.Post, "/webhooks/stripe", JsonSerializer.Deserialize<JsonElement>(body)))
        {
            HttpAnswer answer = await HttpAnswer.ReadAsync(unsigned);
            Assert.Equal((401, "signature_invalid"), (answer.Status, answer.Code));
        }

        await world.Sandbox.FaultAsync("webhook", "bad_signature_webhook");
        await world.Sandbox.ResendEventAsync(id);
        await world.Sandbox.ClearFaultsAsync();
        Assert.Equal("absent", await world.EventStatusAsync(id));
        Assert.Equal(stored, await InboxAsync());
        Assert.Equal("pending", await world.StateAsync(deposit.Id));

        // The very same event, well signed, works.
        Assert.Equal(200, await world.PostEventAsync(body));
        await world.StateAsync(deposit.Id, "succeeded");
        Assert.Equal(1_500, await world.BalanceAsync(user));
    }

    [Fact]
    [Fault("W-08")]
    public async Task An_event_that_is_replayed_after_hours_is_refused()
    {
        LoadUser user = await world.CreateUserAsync();
        (HttpAnswer deposit, IReadOnlyList<JsonElement> events) = await UntoldDepositAsync(user, "15.00");
        JsonElement told = Succeeded(events);
        string id = told.GetProperty("id").GetString()!;
        Assert.Equal(401, await world.PostEventAsync(told.GetRawText(), age: SixHours));
        Assert.Equal(401, await world.PostEventAsync(told.GetRawText(), age: -SixHours));
        await world.Sandbox.FaultAsync("webhook", "old_timestamp_webhook");
        await world.Sandbox.ResendEventAsync(id);
        await world.Sandbox.ClearFaultsAsync();
        Assert.Equal("absent", await world.EventStatusAsync(id));
        Assert.Equal("pending", await world.StateAsync(deposit.Id));
    }

    [Fact]
    [Fault("W-09")]
    public async Task Both_secrets_are_taken_while_one_replaces_the_other()
    {
        LoadUser user = await world.CreateUserAsync();
        string url = $"{world.Server.Url}/webhooks/stripe";
        await world.Sandbox.SetWebhookAsync(url, HttpWorld.WebhookSecretPrevious);
        HttpAnswer before = await PendingAsync(user, "1.00");
        await world.Sandbox.SetWebhookAsync(url, HttpWorld.WebhookSecret, HttpWorld.WebhookSecretPrevious);
        HttpAnswer during = await PendingAsync(user, "2.00");
        await world.Sandbox.SetWebhookAsync(url, HttpWorld.WebhookSecret);
        HttpAnswer after = await PendingAsync(user, "4.00");
        await world.StateAsync(before.Id, "succeeded");
        await world.StateAsync(during.Id, "succeeded");
        await world.StateAsync(after.Id, "succeeded");
        Assert.Equal(700, await world.BalanceAsync(user));
    }

    [Fact]
    [Fault("W-10")]
    public async Task An_unknown_type_is_stored_shown_and_stops_nothing()
    {
        LoadUser user = await world.CreateUserAsync();
        HttpAnswer deposit = await world.DepositAsync(user, "8.00");
        JsonObject strange = Altered(Succeeded(await world.EventsAsync(deposit.Id)), "treasury.sparkle.happened");
        strange["api_version"] = "2099-01-01";
        strange["a_field_of_tomorrow"] = new JsonObject { ["deep"] = new JsonArray(1, "two", null) };
        string id = strange["id"]!.GetValue<string>();
        Assert.Equal(200, await world.PostEventAsync(strange.ToJsonString()));
        await Eventually.GetAsync(() => world.EventStatusAsync(id), status => status == "ignored", "the strange event");
        JsonElement shown = await world.Server.GetAsync("/webhooks/inbox?status=ignored&limit=200", world.Server.AdminApiKey);
        Assert.Contains(shown.GetProperty("data").EnumerateArray(), item => item.GetProperty("event_id").GetString() == id);

        // What comes after it is worked.
        HttpAnswer next = await PendingAsync(user, "9.00");
        await world.StateAsync(next.Id, "succeeded");
        Assert.Equal(1_700, await world.BalanceAsync(user));
    }

    [Fact]
    [Fault("W-11")]
    [Fault("W-16")]
    public async Task The_amount_in_an_event_is_not_believed()
    {
        LoadUser user = await world.CreateUserAsync();
        await world.Sandbox.FaultAsync(
            "webhook", "amount_mismatch", count: 100, more: new JsonObject { ["amount_delta"] = 1_000_000, ["currency"] = "eur" });
        HttpAnswer deposit = await PendingAsync(user, "10.00");
        await world.StateAsync(deposit.Id, "succeeded");
        await world.Sandbox.ClearFaultsAsync();
        Assert.Equal(1_000, await world.BalanceAsync(user));
    }

    private static JsonElement Succeeded(IReadOnlyList<JsonElement> events) =>
        events.Single(told => told.GetProperty("type").GetString() == "payment_intent.succeeded");

    /// <summary>Another event of the same object.</summary>
    private static JsonObject Altered(JsonElement told, string type)
    {
        JsonObject altered = JsonNode.Parse(told.GetRawText())!.AsObject();
        altered["id"] = $"{told.GetProperty("id").GetString()}x";
        altered["type"] = type;
        return altered;
    }

    /// <summary>A deposit from a bank account that came to its end at the provider.</summary>
    private async Task<HttpAnswer> PendingAsync(LoadUser user, string amount)
    {
        HttpAnswer deposit = await world.DepositAsync(user, amount, sourceId: user.BankId);
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        return deposit;
    }

    /// <summary>A deposit that succeeded at the provider, and no webhook told of it.</summary>
    private async Task<(HttpAnswer Deposit, IReadOnlyList<JsonElement> Events)> UntoldDepositAsync(LoadUser user, string amount)
    {
        await world.Sandbox.FaultAsync("webhook", "drop_webhook", count: 1_000);
        HttpAnswer deposit = await PendingAsync(user, amount);
        await world.Sandbox.ClearFaultsAsync();
        Assert.Equal("pending", await world.StateAsync(deposit.Id));
        return (deposit, await world.EventsAsync(deposit.Id));
    }

    private Task DoneAsync(string eventId) => Eventually.GetAsync(() => world.EventStatusAsync(eventId), status => status == "done", $"event {eventId}");

    private Task InboxIsQuietAsync() => Eventually.GetAsync(
        () => world.Database.QueryAsync<long>("select count(*) from flows.inbound_event where status = 'pending'"), open => open == 0, "the inbox");

    private Task<long> InboxAsync() => world.Database.QueryAsync<long>("select count(*) from flows.inbound_event");

    /// <summary>How often a deposit's success is in its history.</summary>
    private Task<long> PostedAsync(string flowId) => world.Database.QueryAsync<long>(
        $"select count(*) from flows.history where flow_id = '{flowId}' and to_state = 'succeeded'");
}
