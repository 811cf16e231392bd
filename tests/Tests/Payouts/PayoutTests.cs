using System.Text.Json;
using Florin.Tests.Faults;
using Florin.Tests.Subscriptions;
using Xunit;

namespace Florin.Tests.Payouts;

/// <summary>Payouts of merchants over HTTP, with the provider's record and SQL as judges.</summary>
public sealed class PayoutTests(BillingWorld world) : IClassFixture<BillingWorld>
{
    [Fact]
    public async Task A_payout_is_debited_at_once_paid_by_the_provider_and_told_by_events()
    {
        PayoutMerchant merchant = await PayoutMerchant.CreateAsync(world);
        await merchant.PayAsync("200.00");
        Assert.Equal(193_90, await merchant.AvailableAsync());
        string key = world.NewKey();
        HttpAnswer answer = await merchant.PayoutAsync("50.00", key);
        Assert.Equal((201, "in_transit"), (answer.Status, answer.MovementStatus));
        Assert.Equal(143_90, await merchant.AvailableAsync());
        await StatusAsync(merchant, answer.Id, "paid");
        await merchant.JudgeAsync(50_00);

        HttpAnswer again = await merchant.PayoutAsync("50.00", key);
        Assert.Equal((201, true, answer.Id, "paid"), (again.Status, again.IsReplayed, again.Id, again.MovementStatus));
        HttpAnswer other = await merchant.PayoutAsync("51.00", key);
        Assert.Equal((422, "idempotency_key_mismatch"), (other.Status, other.Code));
        Assert.Equal(answer.Id, Assert.Single((await merchant.GetAsync("/merchants/me/payouts")).GetProperty("data").EnumerateArray()).GetProperty("id").GetString());
        await merchant.JudgeAsync(50_00);

        Assert.Equal(["payout.debited", "payout.submitting", "payout.in_transit", "payout.succeeded"], await world.EventsAsync(merchant.Id, "payout"));
        JsonElement told = JsonSerializer.Deserialize<JsonElement>(await world.Database.QueryAsync<string>(
            $"select body from flows.event where owner_id = '{merchant.Id}' and type = 'payout.succeeded'")).GetProperty("data");
        Assert.Equal(("paid", "50.00", "USD", merchant.Bank), (Text(told, "status"), Text(told, "amount"), Text(told, "currency"), Text(told, "destination_id")));
    }

    [Fact]
    public async Task Events_of_payments_and_refunds_show_what_the_api_shows()
    {
        PayoutMerchant merchant = await PayoutMerchant.CreateAsync(world);
        string payment = await merchant.PayAsync("100.00");
        HttpAnswer refund = await merchant.SendAsync($"/payments/{payment}/refunds", new { amount = "40.00", reason = "asked for" });
        Assert.Equal(201, refund.Status);
        await Eventually.GetAsync(() => merchant.GetAsync($"/payments/{payment}"), found => Text(found, "status") == "partially_refunded", "the refund");
        Assert.Contains("refund.succeeded", await world.EventsAsync(merchant.Id, "refund"));
        Assert.Contains("payment.captured", await world.EventsAsync(merchant.Id, "payment"));

        JsonElement captured = await DataAsync(merchant, "payment.captured");
        Assert.Equal(
            ("captured", "100.00", "100.00", "USD", "3.20"),
            (Text(captured, "status"), Text(captured, "amount"), Text(captured, "amount_captured"), Text(captured, "currency"), Text(captured, "fee")));
        JsonElement refunded = await DataAsync(merchant, "refund.succeeded");
        Assert.Equal(("succeeded", "40.00", payment), (Text(refunded, "status"), Text(refunded, "amount"), Text(refunded, "payment_id")));
    }

    [Theory]
    [InlineData("pm_usBankAccount_accountClosed", "failed", "account_closed")]
    [InlineData("pm_usBankAccount_payoutReturned", "returned", "account_closed")]
    public async Task What_the_bank_does_not_take_or_sends_back_is_the_merchants_again(string account, string end, string code)
    {
        PayoutMerchant merchant = await PayoutMerchant.CreateAsync(world, account);
        await merchant.PayAsync("100.00");
        HttpAnswer answer = await merchant.PayoutAsync("60.00");
        Assert.Equal(201, answer.Status);
        if (end == "returned")
        {
            // Paid after four seconds, sent back after eight; an event would tell of it, here an operator has it looked at.
            await world.Sandbox.AdvanceAsync(TimeSpan.FromSeconds(5));
            await Eventually.GetAsync(() => merchant.GetAsync($"/merchants/me/payouts/{answer.Id}"), found => Text(found, "status") == "paid", "paid first");
            await world.Sandbox.AdvanceAsync(TimeSpan.FromSeconds(10));
            await world.Server.PostAsync($"/flows/{answer.Id}/retry", new { reason = "the bank has called" }, world.Server.AdminApiKey);
        }

        JsonElement shown = await StatusAsync(merchant, answer.Id, end);
        Assert.Equal(code, Text(shown.GetProperty("failure"), "code"));
        Assert.Equal(96_80, await merchant.AvailableAsync());
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task A_lost_answer_keeps_the_money_debited_and_pays_once()
    {
        PayoutMerchant merchant = await PayoutMerchant.CreateAsync(world);
        await merchant.PayAsync("100.00");
        await world.Sandbox.FaultAsync("payouts.create", "timeout_after_effect");
        string key = world.NewKey();
        HttpAnswer answer = await merchant.PayoutAsync("60.00", key);
        Assert.Equal((202, "outcome_unknown", "pending"), (answer.Status, answer.Code, answer.MovementStatus));
        Assert.Equal(36_80, await merchant.AvailableAsync());
        await StatusAsync(merchant, answer.Id, "paid");
        HttpAnswer again = await merchant.PayoutAsync("60.00", key);
        Assert.Equal((201, true, answer.Id), (again.Status, again.IsReplayed, again.Id));
        await merchant.JudgeAsync(60_00);
    }

    [Fact]
    public async Task What_may_not_be_paid_is_refused_and_changes_nothing()
    {
        PayoutMerchant merchant = await PayoutMerchant.CreateAsync(world);
        PayoutMerchant other = await PayoutMerchant.CreateAsync(world);
        await merchant.PayAsync("100.00");
        HttpAnswer card = await merchant.SendAsync("/wallets/funding-sources", new { payment_method_id = "pm_card_visa" });

        Assert.Equal((409, "insufficient_funds"), Refusal(await merchant.PayoutAsync("96.81")));
        Assert.Equal((404, "not_found"), Refusal(await PayToAsync(card.Id)));
        Assert.Equal((404, "not_found"), Refusal(await PayToAsync(other.Bank)));
        Assert.Equal((422, "too_many_decimals"), Refusal(await merchant.PayoutAsync("1.001")));
        Assert.Equal((422, "validation_failed"), Refusal(await merchant.PayoutAsync("0.00")));
        Assert.Equal((404, "not_found"), Refusal(await merchant.PayLineAsync(Guid.Empty.ToString())));
        Assert.Equal((422, "validation_failed"), Refusal(await merchant.SendPutAsync(new { interval = "weekly", currencies = Array.Empty<object>() })));
        (_, _, string person) = await world.Server.CreateUserAsync();
        using HttpResponseMessage forbidden = await world.Server.SendAsync(HttpMethod.Get, "/merchants/me/payouts", null, person);
        Assert.Equal(403, (int)forbidden.StatusCode);
        using HttpResponseMessage keyless = await world.Server.SendAsync(
            HttpMethod.Post, $"/merchants/{merchant.Id}/payouts", new { amount = "1.00", currency = "USD", destination_id = merchant.Bank }, world.Server.AdminApiKey);
        Assert.Equal(400, (int)keyless.StatusCode);

        // What is owed is repaid before anything is paid out.
        await world.Server.PostAsync(
            "/ledger/transactions",
            new
            {
                kind = "posted",
                transfers = new[] { new { debit = $"merchant:{merchant.Id}:receivable", credit = "revenue:fees", amount = "0.01", currency = "USD", code = 9001 } },
            },
            world.Server.AdminApiKey,
            world.NewKey());
        Assert.Equal((409, "insufficient_funds"), Refusal(await merchant.PayoutAsync("1.00")));
        Assert.Equal(96_80, await merchant.AvailableAsync());
        await merchant.JudgeAsync();

        Task<HttpAnswer> PayToAsync(string destination) =>
            merchant.SendAsync("/merchants/me/payouts", new { amount = "1.00", currency = "USD", destination_id = destination });
    }

    [Fact]
    public async Task An_operator_pays_a_merchant_out_and_a_queued_payout_can_be_cancelled()
    {
        PayoutMerchant merchant = await PayoutMerchant.CreateAsync(world);
        await merchant.PayAsync("100.00");
        HttpAnswer answer = await merchant.OperateAsync("/payouts", new { amount = "10.00", currency = "USD", destination_id = merchant.Bank });
        Assert.Equal(201, answer.Status);
        await StatusAsync(merchant, answer.Id, "paid");
        HttpAnswer late = await merchant.SendAsync($"/merchants/me/payouts/{answer.Id}/cancel", new { });
        Assert.Equal((409, "invalid_transition"), (late.Status, late.Code));

        await world.Sandbox.FaultAsync("payouts.create", "error_429", count: 1_000);
        HttpAnswer queued = await merchant.PayoutAsync("20.00");
        await Eventually.GetAsync(
            () => world.Database.QueryAsync<string>($"select state from flows.flow where id = '{queued.Id}'"), state => state == "queued", "the queue");
        HttpAnswer canceled = await Eventually.GetAsync(
            () => merchant.SendAsync($"/merchants/me/payouts/{queued.Id}/cancel", new { }), found => found.Status == 200, "the cancellation");
        Assert.Equal("canceled", canceled.MovementStatus);
        await world.Sandbox.ClearFaultsAsync();
        Assert.Equal(86_80, await merchant.AvailableAsync());
        await merchant.JudgeAsync(10_00);
    }

    private static (int, string?) Refusal(HttpAnswer answer) => (answer.Status, answer.Code);

    private async Task<JsonElement> DataAsync(PayoutMerchant merchant, string type) => JsonSerializer.Deserialize<JsonElement>(
        await world.Database.QueryAsync<string>($"select body from flows.event where owner_id = '{merchant.Id}' and type = '{type}' order by sequence limit 1"))
        .GetProperty("data");

    /// <summary>Moves the provider's clock on until a payout has a status.</summary>
    private async Task<JsonElement> StatusAsync(PayoutMerchant merchant, string payout, string status) => await Eventually.GetAsync(
        async () =>
        {
            await world.Sandbox.AdvanceAsync(TimeSpan.FromSeconds(10));
            return await merchant.GetAsync($"/merchants/me/payouts/{payout}");
        },
        found => Text(found, "status") == status,
        $"payout {payout} {status}");

    private static string Text(JsonElement element, string name) => PayoutMerchant.Text(element, name);
}
