using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Florin.Tests.Faults;
using Florin.Tests.Sandbox;
using Xunit;

namespace Florin.Tests.Payouts;

/// <summary>PayPal's events about payouts: they wake, and are not believed. Nothing but them moves what is open in this world.</summary>
public sealed class HttpPayPalPayoutHintTests(HttpWebhookWorld world) : IClassFixture<HttpWebhookWorld>
{
    private const int Copies = 20;

    /// <summary>Nothing here takes this long; what does is wrong.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    [Fault("W-01")]
    public async Task The_same_event_many_times_at_once_pays_once()
    {
        (PayPalPayee payee, string payout) = await UntoldAsync("payee@example.com");
        Assert.Equal("in_transit", await world.StateAsync(payout));
        string told = Text(await EventAsync(payout, "PAYMENT.PAYOUTS-ITEM.SUCCEEDED"), "id")!;
        await Task.WhenAll(Enumerable.Range(0, Copies).Select(_ => world.Sandbox.TellAgainAsync(told, isNew: false)));
        await payee.UntilAsync(payout, "paid");

        // And told once more under another id.
        await world.Sandbox.TellAgainAsync(told, isNew: true);
        await QuietAsync();
        Assert.Equal(1, await world.Database.QueryAsync<long>(
            $"select count(*) from flows.signal where flow_id = '{payout}' and source_id = '{told}'"));
        Assert.Equal("debited submitting in_transit succeeded", await world.PathAsync(payout));
        await payee.JudgeAsync();
    }

    [Fact]
    [Fault("W-02")]
    public async Task An_event_before_our_own_answer_is_neither_lost_nor_doubled()
    {
        PayPalPayee payee = await PayPalPayee.CreateAsync(world);
        await world.Sandbox.PayPalFaultAsync("payouts.create", "malformed_body");
        HttpAnswer answer = await payee.PayoutAsync("60.00");
        Assert.Equal((202, "unknown"), (answer.Status, await world.StateAsync(answer.Id)));

        // No look is due for an hour: the event alone wakes it, by our reference.
        await world.Sandbox.AdvanceAsync(PayPalPayee.Processing);
        await payee.UntilAsync(answer.Id, "paid");
        Assert.Equal("debited submitting unknown succeeded", await world.PathAsync(answer.Id));
        await payee.JudgeAsync();
    }

    [Fact]
    [Fault("W-05")]
    public async Task What_comes_back_after_it_was_paid_is_the_merchants_again()
    {
        PayPalPayee payee = await PayPalPayee.CreateAsync(world, "reversed@example.com");
        HttpAnswer answer = await payee.PayoutAsync("60.00");
        await world.Sandbox.AdvanceAsync(PayPalPayee.Processing);
        await payee.UntilAsync(answer.Id, "paid");
        await payee.JudgeAsync();

        // An event that says so is not enough: the item itself has to.
        await EmitAsync("PAYMENT.PAYOUTS-ITEM.REFUNDED", Altered(await payee.ItemAsync(answer.Id), "REFUNDED"));
        await QuietAsync();
        Assert.Equal("succeeded", await world.StateAsync(answer.Id));
        await payee.JudgeAsync();

        await world.Sandbox.AdvanceAsync(PayPalPayee.Processing);
        JsonElement shown = await payee.UntilAsync(answer.Id, "returned");
        Assert.Equal("REVERSED", Text(await payee.ItemAsync(answer.Id), "transaction_status"));
        Assert.Equal("REVERSED", Text(shown.GetProperty("failure"), "code"));
        Assert.Equal("debited submitting in_transit succeeded returned", await world.PathAsync(answer.Id));
        await payee.JudgeAsync();
    }

    [Fact]
    [Fault("W-04")]
    public async Task An_old_failure_after_the_success_is_recorded_and_changes_nothing()
    {
        (PayPalPayee payee, string payout) = await UntoldAsync("payee@example.com");
        await world.Sandbox.TellAgainAsync(Text(await EventAsync(payout, "PAYMENT.PAYOUTS-ITEM.SUCCEEDED"), "id")!, isNew: false);
        await payee.UntilAsync(payout, "paid");
        foreach ((string type, string status) in ((string, string)[])[("FAILED", "FAILED"), ("RETURNED", "RETURNED"), ("HELD", "ONHOLD")])
        {
            await EmitAsync($"PAYMENT.PAYOUTS-ITEM.{type}", Altered(await payee.ItemAsync(payout), status));
        }

        await QuietAsync();
        Assert.Equal("debited submitting in_transit succeeded", await world.PathAsync(payout));
        await payee.JudgeAsync();
    }

    [Fact]
    [Fault("W-16")]
    public async Task What_an_event_says_of_money_is_not_believed()
    {
        PayPalPayee payee = await PayPalPayee.CreateAsync(world);
        HttpAnswer answer = await payee.PayoutAsync("60.00");
        JsonObject lie = Altered(await payee.ItemAsync(answer.Id), "SUCCESS");
        lie["payout_item"]!["amount"]!["value"] = "1.00";
        await EmitAsync("PAYMENT.PAYOUTS-ITEM.SUCCEEDED", lie);
        await QuietAsync();
        Assert.Equal("in_transit", await world.StateAsync(answer.Id));
        await payee.JudgeAsync();
        await world.Sandbox.AdvanceAsync(PayPalPayee.Processing);
        await payee.UntilAsync(answer.Id, "paid");
        await payee.JudgeAsync();
    }

    /// <summary>Sent under our client with the id of a flow that the database does not have: it was made before a backup was restored.</summary>
    [Fact]
    [Fault("T-06")]
    public async Task A_payout_whose_flow_is_gone_is_booked_and_listed()
    {
        const string gone = "7b6f1c0e-5d7a-4e2f-9b3c-4d5e6f708192";
        await world.Sandbox.ClearFaultsAsync();
        PayPalCaller caller = await PayPalCaller.StartAsync(world.Sandbox);
        await caller.PostAsync("/v1/payments/payouts", new JsonObject
        {
            ["sender_batch_header"] = new JsonObject { ["sender_batch_id"] = $"florin:{gone}:payout-payout" },
            ["items"] = new JsonArray(new JsonObject
            {
                ["recipient_type"] = "EMAIL",
                ["receiver"] = "reversed@example.com",
                ["sender_item_id"] = gone,
                ["amount"] = new JsonObject { ["currency"] = "USD", ["value"] = "12.34" },
            }),
        });
        await world.Sandbox.AdvanceAsync(PayPalPayee.Processing);
        await IsAsync("shortfall");
        JsonElement listed = (await world.Server.GetAsync("/flows/recovered", world.Server.AdminApiKey)).GetProperty("data").EnumerateArray()
            .Single(found => Text(found, "id") == gone);
        Assert.Equal(("paypal", "12.34"), (Text(listed, "provider"), Text(listed, "amount")));
        Assert.Equal(-12_34, await BookedAsync());

        await world.Sandbox.AdvanceAsync(PayPalPayee.Processing);
        await IsAsync("nothing_moved");
        Assert.Equal(0, await BookedAsync());

        Task IsAsync(string state) => Eventually.GetAsync(
            () => world.Database.QueryAsync<string>($"select coalesce((select state from flows.flow where id = '{gone}'), 'absent')"),
            found => found == state,
            $"the lost payout {state}",
            Patience);

        async Task<long> BookedAsync() => (long)await world.Database.QueryAsync<decimal>(
            "select coalesce(sum(case when a.number = e.debit_account then e.posted else -e.posted end), 0) "
            + "from ledger.effects e join ledger.transfers t on t.sequence = e.sequence join ledger.accounts a on a.number in (e.debit_account, e.credit_account) "
            + $"join ledger.transactions x on x.transaction_id = t.transaction_id where a.address = 'psp:paypal:clearing' and x.reference = '{gone}'");
    }

    /// <summary>The address is told to PayPal, and is in the one row that says whom to pay.</summary>
    [Fact]
    public async Task The_address_that_is_paid_is_in_no_flow_event_log_or_stored_webhook()
    {
        const string secret = "nobody.but.the.owner";
        PayPalPayee payee = await PayPalPayee.CreateAsync(world, $"{secret}@example.com");
        await world.Sandbox.PayPalFaultAsync("payouts.create", "malformed_body");
        HttpAnswer lost = await payee.PayoutAsync("10.00");
        HttpAnswer answer = await payee.PayoutAsync("20.00");
        await world.Sandbox.AdvanceAsync(PayPalPayee.Processing);
        await payee.UntilAsync(lost.Id, "paid");
        await payee.UntilAsync(answer.Id, "paid");
        Assert.Equal($"{secret}@example.com", Text((await payee.ItemAsync(answer.Id)).GetProperty("payout_item"), "receiver"));
        await QuietAsync();
        await Eventually.GetAsync(() => world.Database.QueryAsync<long>("select count(*) from flows.outbox"), waiting => waiting == 0, "events without a number", Patience);

        // The events are there, so that what is not in them was left out.
        Assert.NotEqual(0, await world.Database.QueryAsync<long>($"select count(*) from flows.inbound_event where body like '%{answer.Id}%' and body like '%***%'"));
        Assert.Equal("wallets.funding_source", await TablesWithAsync(secret));
        Assert.DoesNotContain(secret, world.Server.Output, StringComparison.Ordinal);
        foreach (string log in Directory.EnumerateFiles(world.Server.DataFolder, "*.log", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain(secret, await ReadSharedAsync(log), StringComparison.Ordinal);
        }
    }

    /// <summary>A payout that is at its end at PayPal, and no webhook told of it.</summary>
    private async Task<(PayPalPayee Payee, string Payout)> UntoldAsync(string receiver)
    {
        PayPalPayee payee = await PayPalPayee.CreateAsync(world, receiver);
        await world.Sandbox.PayPalFaultAsync("webhook", "drop_webhook", count: 1_000);
        HttpAnswer answer = await payee.PayoutAsync("60.00");
        await world.Sandbox.AdvanceAsync(PayPalPayee.Processing);
        await world.Sandbox.ClearFaultsAsync();
        Assert.NotEqual("PENDING", Text(await payee.ItemAsync(answer.Id), "transaction_status"));
        return (payee, answer.Id);
    }

    private static JsonObject Altered(JsonElement item, string status)
    {
        JsonObject altered = JsonNode.Parse(item.GetRawText())!.AsObject();
        altered["transaction_status"] = status;
        return altered;
    }

    /// <summary>Has PayPal say something, signed as ever.</summary>
    private async Task EmitAsync(string type, JsonObject resource)
    {
        using StringContent body = new(new JsonObject { ["event_type"] = type, ["resource"] = resource }.ToJsonString(), Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await world.Sandbox.Http.PostAsync(new Uri("/_sandbox/paypal/events", UriKind.Relative), body);
        answer.EnsureSuccessStatusCode();
    }

    private async Task<JsonElement> EventAsync(string payout, string type) => (await world.Sandbox.PayPalObjectsAsync("event")).First(told =>
        Text(told, "event_type") == type && told.GetProperty("resource").GetRawText().Contains(payout, StringComparison.Ordinal));

    /// <summary>Every table of the database with a row that holds a text anywhere.</summary>
    private async Task<string> TablesWithAsync(string text)
    {
        string tables = await world.Database.QueryAsync<string>(
            "select string_agg(format('%I.%I', table_schema, table_name), ' ' order by 1) from information_schema.tables "
            + "where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')");
        List<string> found = [];
        foreach (string table in tables.Split(' '))
        {
            if (await world.Database.QueryAsync<bool>($"select exists (select from {table} r where r::text ilike '%{text}%')"))
            {
                found.Add(table);
            }
        }

        return string.Join(' ', found);
    }

    private static async Task<string> ReadSharedAsync(string path)
    {
        await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(file);
        return await reader.ReadToEndAsync();
    }

    /// <summary>Every event was handed on, and every flow that was woken has looked; one that then waits keeps the signal until it looks again.</summary>
    private Task QuietAsync() => Eventually.GetAsync(
        () => world.Database.QueryAsync<long>(
            "select (select count(*) from flows.inbound_event where status = 'pending') + (select count(*) from flows.flow "
            + "where considered_signal_id < last_signal_id and parked_reason is null and (lease is not null or due_at is null or due_at <= now()))"),
        pending => pending == 0,
        "the inbox",
        Patience);

    private static string? Text(JsonElement item, string name) => PayPalPayee.Text(item, name);
}
