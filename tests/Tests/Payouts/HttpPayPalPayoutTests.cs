using System.Text.Json;
using Florin.Tests.Faults;
using Xunit;

namespace Florin.Tests.Payouts;

/// <summary>Payouts to PayPal accounts over HTTP: no webhook tells of anything, what is open is looked at every second. PayPal's own record and SQL are the judges.</summary>
public sealed class HttpPayPalPayoutTests(HttpPollingWorld world) : IClassFixture<HttpPollingWorld>
{
    private const int OneCall = PayPalCalm.OneCall;

    /// <summary>Nothing here takes this long; what does is wrong.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_payout_is_debited_at_once_and_paid_once_however_often_it_is_asked_for()
    {
        PayPalPayee payee = await PayPalPayee.CreateAsync(world);
        string key = world.NewKey();
        HttpAnswer answer = await payee.PayoutAsync("50.00", key);
        Assert.Equal((201, "in_transit"), (answer.Status, answer.MovementStatus));
        Assert.Equal(PayPalPayee.Opening - 50_00, await payee.Merchant.AvailableAsync());
        await payee.JudgeAsync();
        await world.Sandbox.AdvanceAsync(PayPalPayee.Processing);
        await payee.UntilAsync(answer.Id, "paid");

        HttpAnswer again = await payee.PayoutAsync("50.00", key);
        Assert.Equal((201, true, answer.Id, "paid"), (again.Status, again.IsReplayed, again.Id, again.MovementStatus));
        HttpAnswer other = await payee.PayoutAsync("51.00", key);
        Assert.Equal((422, "idempotency_key_mismatch"), (other.Status, other.Code));

        // The flow's id is in both ids of ours.
        JsonElement item = await payee.ItemAsync(answer.Id);
        Assert.Equal(("SUCCESS", $"florin:{answer.Id}:payout-payout"), (Text(item, "transaction_status"), Text(item, "sender_batch_id")));
        Assert.Equal("debited submitting in_transit succeeded", await world.PathAsync(answer.Id));
        await payee.JudgeAsync();
    }

    [Theory]
    [InlineData("failed@example.com", "RECEIVER_UNCONFIRMED")]
    [InlineData("blocked@example.com", "RECEIVER_ACCOUNT_LOCKED")]
    public async Task What_PayPal_does_not_pay_is_the_merchants_again(string receiver, string code)
    {
        PayPalPayee payee = await PayPalPayee.CreateAsync(world, receiver);
        HttpAnswer answer = await payee.PayoutAsync("60.00");
        await world.Sandbox.AdvanceAsync(PayPalPayee.Processing);
        JsonElement shown = await payee.UntilAsync(answer.Id, "failed");
        Assert.Equal(code, Text(shown.GetProperty("failure"), "code"));
        Assert.Equal(PayPalPayee.Opening, await payee.Merchant.AvailableAsync());
        await payee.JudgeAsync();
    }

    [Fact]
    public async Task What_nobody_claims_is_not_paid_says_so_and_comes_back()
    {
        PayPalPayee payee = await PayPalPayee.CreateAsync(world, "unclaimed@example.com");
        HttpAnswer answer = await payee.PayoutAsync("60.00");
        await world.Sandbox.AdvanceAsync(PayPalPayee.Processing);
        await Eventually.GetAsync(() => payee.ShowAsync(answer.Id), found => Text(found, "pending_reason") == "unclaimed", "that nobody claims it", Patience);
        Assert.Equal("in_transit", Text(await payee.ShowAsync(answer.Id), "status"));
        await payee.JudgeAsync();
        await world.Sandbox.AdvanceAsync(TimeSpan.FromDays(31));
        JsonElement shown = await payee.UntilAsync(answer.Id, "failed");
        Assert.Equal("RETURNED", Text(await payee.ItemAsync(answer.Id), "transaction_status"));
        Assert.Null(Text(shown, "pending_reason"));
        Assert.Equal("debited submitting in_transit in_transit failed", await world.PathAsync(answer.Id));
        await payee.JudgeAsync();
    }

    [Fact]
    public async Task What_PayPal_holds_is_neither_paid_nor_given_back()
    {
        PayPalPayee payee = await PayPalPayee.CreateAsync(world, "held@example.com");
        HttpAnswer answer = await payee.PayoutAsync("60.00");
        await world.Sandbox.AdvanceAsync(PayPalPayee.Processing);
        await Eventually.GetAsync(() => payee.ShowAsync(answer.Id), found => Text(found, "pending_reason") == "on_hold", "that it is held", Patience);
        Assert.Equal("ONHOLD", Text(await payee.ItemAsync(answer.Id), "transaction_status"));
        await payee.JudgeAsync();
    }

    /// <summary>Before the effect and after it: what was taken is adopted, what was not is paid now.</summary>
    [Theory]
    [InlineData("malformed_body", 1)]
    [InlineData("connection_reset", OneCall)]
    [InlineData("connection_reset_before_effect", OneCall)]
    [InlineData("error_503", OneCall)]
    [Fault("U-07")]
    [Fault("U-15")]
    public async Task A_payout_whose_answer_is_lost_stays_debited_and_is_paid_once(string fault, int count)
    {
        PayPalPayee payee = await PayPalPayee.CreateAsync(world, isCalm: true);
        await world.Sandbox.PayPalFaultAsync("payouts.create", fault, count);
        string key = world.NewKey();
        HttpAnswer answer = await payee.PayoutAsync("60.00", key);
        Assert.Equal((202, "outcome_unknown", "pending"), (answer.Status, answer.Code, answer.MovementStatus));
        Assert.Equal(PayPalPayee.Opening - 60_00, await payee.Merchant.AvailableAsync());
        await payee.UntilAsync(answer.Id, "in_transit");
        await world.Sandbox.AdvanceAsync(PayPalPayee.Processing);
        await payee.UntilAsync(answer.Id, "paid");
        HttpAnswer again = await payee.PayoutAsync("60.00", key);
        Assert.Equal((201, true, answer.Id), (again.Status, again.IsReplayed, again.Id));
        Assert.Equal("debited submitting unknown in_transit succeeded", await world.PathAsync(answer.Id));
        await payee.ItemAsync(answer.Id);
        await payee.JudgeAsync();
    }

    [Fact]
    [Fault("U-07")]
    public async Task While_nothing_can_be_learnt_the_money_stays_debited_and_nothing_is_cancelled()
    {
        PayPalPayee payee = await PayPalPayee.CreateAsync(world, isCalm: true);
        await world.Sandbox.PayPalFaultAsync("payouts.create", "connection_reset_before_effect", count: 1_000);
        HttpAnswer answer = await payee.PayoutAsync("60.00");
        Assert.Equal((202, "outcome_unknown"), (answer.Status, answer.Code));

        // A repeat has come to nothing as well.
        await Eventually.GetAsync(() => world.StruckAsync("connection_reset_before_effect"), struck => struck > OneCall, "a repeat", Patience);
        HttpAnswer cancelled = await payee.Merchant.SendAsync($"/merchants/me/payouts/{answer.Id}/cancel", new { });
        Assert.Equal((409, "invalid_transition"), (cancelled.Status, cancelled.Code));
        Assert.Equal("unknown", await world.StateAsync(answer.Id));
        Assert.Empty(await PayPalPayee.ItemsAsync(world, answer.Id));
        Assert.Equal(PayPalPayee.Opening - 60_00, await payee.Merchant.AvailableAsync());

        await world.Sandbox.ClearFaultsAsync();
        await payee.UntilAsync(answer.Id, "in_transit");
        await payee.ItemAsync(answer.Id);
        await payee.JudgeAsync();
    }

    [Fact]
    public async Task A_status_that_cannot_be_read_keeps_a_payout_in_flight()
    {
        PayPalPayee payee = await PayPalPayee.CreateAsync(world, isCalm: true);
        HttpAnswer answer = await payee.PayoutAsync("60.00");
        await world.Sandbox.PayPalFaultAsync("payouts.get", "malformed_body", count: 1_000);
        await world.Sandbox.AdvanceAsync(PayPalPayee.Processing);
        await world.StaysAsync(answer.Id, "in_transit", "malformed_body");
        await world.Sandbox.ClearFaultsAsync();
        await payee.UntilAsync(answer.Id, "paid");
        await payee.JudgeAsync();
    }

    [Fact]
    public async Task A_wallet_is_withdrawn_to_a_PayPal_account()
    {
        LoadUser user = await world.CreateUserAsync("50.00");
        HttpAnswer linked = await world.SendAsync(user, "/wallets/funding-sources", new { paypal_account = "KL9FVZ3RZ7Q2M" });
        Assert.Equal((201, "***7Q2M"), (linked.Status, Text(linked.Body, "account")));
        HttpAnswer answer = await world.SendAsync(user, "/wallets/withdraw", new { amount = "20.00", currency = "USD", destination_id = linked.Id });
        Assert.Equal((201, "in_transit"), (answer.Status, answer.MovementStatus));
        await world.Sandbox.AdvanceAsync(PayPalPayee.Processing);
        await world.StateAsync(answer.Id, "succeeded");
        Assert.Equal(30_00, await world.BalanceAsync(user));
        Assert.Equal("SUCCESS", Text(Assert.Single(await PayPalPayee.ItemsAsync(world, answer.Id)), "transaction_status"));
        Assert.Empty(await world.PayoutsAsync(user));

        // It is no source of money, and unlinked it pays nothing any more; what was begun is shown as ever.
        HttpAnswer deposit = await world.DepositAsync(user, "5.00", sourceId: linked.Id);
        Assert.Equal((404, "not_found"), (deposit.Status, deposit.Code));
        using HttpResponseMessage removed = await world.Server.SendAsync(HttpMethod.Delete, $"/wallets/funding-sources/{linked.Id}", null, user.Token);
        Assert.Equal(204, (int)removed.StatusCode);
        HttpAnswer late = await world.SendAsync(user, "/wallets/withdraw", new { amount = "1.00", currency = "USD", destination_id = linked.Id });
        Assert.Equal((404, "not_found"), (late.Status, late.Code));
        Assert.Equal(30_00, await world.BalanceAsync(user));
    }

    /// <summary>The repeat needs to know whom it pays.</summary>
    [Fact]
    public async Task A_payout_is_brought_to_its_end_although_its_destination_was_unlinked()
    {
        PayPalPayee payee = await PayPalPayee.CreateAsync(world, isCalm: true);
        await world.Sandbox.PayPalFaultAsync("payouts.create", "connection_reset_before_effect", OneCall);
        HttpAnswer answer = await payee.PayoutAsync("60.00");
        Assert.Equal(202, answer.Status);
        await payee.Merchant.RemoveSourceAsync(payee.Destination);
        await payee.UntilAsync(answer.Id, "in_transit");
        await payee.ItemAsync(answer.Id);
        await payee.JudgeAsync();
    }

    [Fact]
    public async Task What_PayPal_cannot_be_paid_is_refused_and_changes_nothing()
    {
        PayPalPayee payee = await PayPalPayee.CreateAsync(world);
        Assert.Equal((422, "unsupported_currency"), Refusal(await payee.PayoutAsync("10.00", currency: "AED")));
        Assert.Equal((422, "too_many_decimals"), Refusal(await payee.PayoutAsync("10.50", currency: "HUF")));
        Assert.Equal((409, "insufficient_funds"), Refusal(await payee.PayoutAsync("10.00", currency: "HUF")));
        Assert.Equal((409, "insufficient_funds"), Refusal(await payee.PayoutAsync("96.81")));
        Assert.Equal((422, "validation_failed"), Refusal(await LinkAsync(new { paypal_account = "not an account" })));
        Assert.Equal((422, "validation_failed"), Refusal(await LinkAsync(new { paypal_account = "KL9FVZ3RZ7Q2" })));
        Assert.Equal((422, "validation_failed"), Refusal(await LinkAsync(new { paypal_account = "KL9FVZ3RZ7Q20" })));
        Assert.Equal((422, "validation_failed"), Refusal(await LinkAsync(new { paypal_account = "a@example.com", payment_method_id = "pm_card_visa" })));
        Assert.Equal((422, "validation_failed"), Refusal(await LinkAsync(new { })));
        Assert.Equal(0L, await payee.Merchant.FlowsAsync("merchant.payout"));
        await payee.JudgeAsync();

        // The same account twice is one, shown to its owner without its address.
        HttpAnswer again = await LinkAsync(new { paypal_account = "payee@example.com" });
        Assert.Equal((201, payee.Destination, "p***@example.com"), (again.Status, again.Id, Text(again.Body, "account")));

        Task<HttpAnswer> LinkAsync(object body) => payee.Merchant.SendAsync("/wallets/funding-sources", body);
    }

    private static (int Status, string? Code) Refusal(HttpAnswer answer) => (answer.Status, answer.Code);

    private static string? Text(JsonElement item, string name) => PayPalPayee.Text(item, name);
}
