using System.Text.Json;
using System.Text.Json.Nodes;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>What is not known after a few seconds has failed, no webhook comes, and what happened all the same is found by pulling.</summary>
public sealed class HttpHindsightWorld() : HttpWorld(settleSeconds: 6, pollSeconds: 1, pullSeconds: 1, sendsWebhooks: false);

/// <summary>Truth that comes late, and against what was said: the provider's record and SQL are the judges.</summary>
public sealed class HttpLateTests(HttpHindsightWorld world) : IClassFixture<HttpHindsightWorld>
{
    private const string Clearing = "psp:stripe:clearing";

    /// <summary>What is younger is not in the provider's lists.</summary>
    private static readonly JsonObject Hidden = new() { ["seconds"] = (int)TimeSpan.FromDays(10).TotalSeconds };

    private static readonly TimeSpan Availability = TimeSpan.FromDays(3);

    /// <summary>Pulls come every second: what takes longer than this was not found by them.</summary>
    private static readonly TimeSpan Promised = TimeSpan.FromMinutes(1);

    [Fact]
    [Fault("U-10")]
    public async Task A_payment_that_is_thought_to_have_failed_and_was_paid_is_found_by_the_pull_and_corrected()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        string payment = await FailAsync(merchant);
        Assert.Equal((0, 0), (await merchant.AvailableAsync(), await merchant.ShareAsync(Clearing)));
        await world.Sandbox.ClearFaultsAsync();
        await StatusAsync(merchant, payment, "captured");
        Assert.Equal("created submitting unknown failed captured", await world.PathAsync(payment));
        Assert.Equal((9_41, 10_00), (await merchant.AvailableAsync(), await merchant.ShareAsync(Clearing)));
        await ToldAsync(payment, "late_success");
        await merchant.JudgeAsync();
    }

    [Fact]
    [Fault("U-10")]
    public async Task A_payment_that_is_thought_to_have_failed_and_was_paid_is_found_by_its_settlement_and_corrected()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        string payment = await FailAsync(merchant);
        await world.Sandbox.AdvanceAsync(Availability);
        await world.Sandbox.SettleAsync();
        await world.Sandbox.AdvanceAsync(TimeSpan.FromSeconds(5));
        await StatusAsync(merchant, payment, "settled");
        Assert.Equal("created submitting unknown failed captured settled", await world.PathAsync(payment));
        Assert.Equal((9_41, 0), (await merchant.AvailableAsync(), await merchant.ShareAsync(Clearing)));
        Assert.Equal(10_00, await merchant.ShareAsync("bank:main:safeguarded"));
        await ToldAsync(payment, "settled");
        await world.Sandbox.ClearFaultsAsync();
    }

    [Fact]
    [Fault("U-11")]
    public async Task A_captured_payment_that_the_provider_fails_is_taken_back_owed_and_told()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer payment = await merchant.PayAsync("100.00");
        HttpAnswer other = await merchant.PayAsync("20.00");
        await merchant.TakeAsync("90.00");
        double before = await AlertsAsync();
        await world.Sandbox.ChangeAsync($"charges/{await ChargeAsync(merchant, payment.Id)}/fail");
        await StatusAsync(merchant, payment.Id, "failed");
        JsonElement shown = await merchant.GetAsync($"/payments/{payment.Id}");
        Assert.Equal(("taken_back", "100.00"), (Text(shown, "failure_code"), Text(shown, "amount_refunded")));
        const long left = 96_80 + 19_12 - 90_00;
        Assert.Equal((0, 100_00 - left), (await merchant.AvailableAsync(), await merchant.BalanceAsync($"merchant:{merchant.Id}:receivable")));
        Assert.Equal("invalid_transition", (await merchant.RefundAsync(payment.Id, "1.00")).Code);
        await ToldAsync(payment.Id, "taken_back");
        await Eventually.GetAsync(AlertsAsync, count => count > before, "the metric to alert on");
        await merchant.JudgeAsync();

        // The settlement's line of it is the same money: it is not taken twice.
        await merchant.PayAsync("300.00");
        await world.Sandbox.AdvanceAsync(Availability);
        await world.Sandbox.SettleAsync();
        await world.Sandbox.AdvanceAsync(TimeSpan.FromSeconds(5));
        await StatusAsync(merchant, other.Id, "settled");
        await Eventually.GetAsync(() => merchant.ShareAsync(Clearing), share => share == 0, "all lines are posted");
        Assert.Equal(291_00 - (100_00 - left), await merchant.AvailableAsync());
        Assert.Equal("failed", await merchant.StatusAsync(payment.Id));
    }

    [Fact]
    [Fault("U-11")]
    public async Task A_capture_that_PayPal_takes_back_without_a_dispute_is_taken_back_from_the_merchant()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer payment = await merchant.PayAsync("100.00", source: "paypal:sandbox_reversed");
        Assert.Equal("captured", payment.MovementStatus);
        await merchant.TakeAsync("90.00");
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await StatusAsync(merchant, payment.Id, "failed");
        Assert.Equal("REFUNDED", Text(Assert.Single(await PayPalBooks.CapturesAsync(world, payment.Id)), "status"));
        Assert.Equal(0, await merchant.ShareAsync("psp:paypal:clearing"));
        Assert.Equal((0, 100_00 - 6_80), (await merchant.AvailableAsync(), await merchant.BalanceAsync($"merchant:{merchant.Id}:receivable")));
        await ToldAsync(payment.Id, "taken_back");
    }

    [Fact]
    [Fault("R-15")]
    public async Task A_reservation_that_clears_a_month_after_it_expired_is_posted_and_repays_what_is_owed()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer disputed = await merchant.PayAsync("100.00", source: "pm_card_createDispute");
        HttpAnswer reserved = await merchant.PayAsync("50.00", capture: "manual");
        await merchant.TakeAsync("90.00");
        await world.Sandbox.AdvanceAsync(TimeSpan.FromDays(8));
        await StatusAsync(merchant, reserved.Id, "voided");
        await StatusAsync(merchant, disputed.Id, "disputed");
        const long owed = 100_00 - 6_80;
        Assert.Equal((0, owed), (await merchant.AvailableAsync(), await merchant.BalanceAsync($"merchant:{merchant.Id}:receivable")));

        await world.Sandbox.AdvanceAsync(TimeSpan.FromDays(30));
        await world.Sandbox.ChangeAsync($"charges/{await ChargeAsync(merchant, reserved.Id)}/present");
        await StatusAsync(merchant, reserved.Id, "captured");
        Assert.Equal("created submitting authorized voided captured", await world.PathAsync(reserved.Id));
        Assert.Equal((0, owed - 48_25), (await merchant.AvailableAsync(), await merchant.BalanceAsync($"merchant:{merchant.Id}:receivable")));
        await ToldAsync(reserved.Id, "late_success");
        await merchant.JudgeAsync();
    }

    [Fact]
    [Fault("R-15")]
    public async Task A_reservation_that_clears_late_and_was_paid_otherwise_goes_back_to_the_payer()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer reserved = await merchant.PayAsync("50.00", capture: "manual", obligation: "order-1");
        await world.Sandbox.AdvanceAsync(TimeSpan.FromDays(8));
        await StatusAsync(merchant, reserved.Id, "voided");
        Assert.Equal("captured", (await merchant.PayAsync("50.00", obligation: "order-1")).MovementStatus);
        await world.Sandbox.AdvanceAsync(TimeSpan.FromDays(30));
        await world.Sandbox.ChangeAsync($"charges/{await ChargeAsync(merchant, reserved.Id)}/present");
        await Eventually.GetAsync(() => world.StateAsync(reserved.Id), state => state == "returned", "given back", Promised);
        Assert.Equal((48_25, 50_00), (await merchant.AvailableAsync(), await merchant.ShareAsync(Clearing)));
        Assert.Equal(0, await merchant.ShareAsync("suspense:stripe"));
        await merchant.JudgeAsync();
    }

    /// <summary>A payment that took 10.00, and whose answer was lost for so long that it is thought to have failed. The provider's lists show nothing of it.</summary>
    private async Task<string> FailAsync(HttpMerchant merchant)
    {
        await world.Sandbox.FaultAsync("payment_intents.list", "not_found_for", more: Hidden);
        await world.Sandbox.FaultAsync("events.list", "not_found_for", more: Hidden);
        await world.Sandbox.FaultAsync("payment_intents.create", "timeout_after_effect");
        HttpAnswer answer = await merchant.PayAsync("10.00");
        Assert.Equal((202, "outcome_unknown"), (answer.Status, answer.Code));
        await StatusAsync(merchant, answer.Id, "failed");
        return answer.Id;
    }

    private static Task StatusAsync(HttpMerchant merchant, string payment, string status) =>
        Eventually.GetAsync(() => merchant.StatusAsync(payment), found => found == status, $"payment {payment} {status}", Promised);

    /// <summary>Waits for the numbered event of what was the reason of the last change.</summary>
    private Task ToldAsync(string payment, string reason) => Eventually.GetAsync(
        () => world.Database.QueryAsync<string>(
            "select coalesce((select h.reason from flows.event e join flows.history h on h.flow_id = e.flow_id and h.version = e.version "
            + $"where e.flow_id = '{payment}' order by e.version desc limit 1), '')"),
        told => told == reason,
        $"an event of '{reason}'");

    /// <summary>The counter that an operator alerts on.</summary>
    private async Task<double> AlertsAsync()
    {
        using HttpResponseMessage response = await world.Server.SendAsync(HttpMethod.Get, "/metrics");
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        string? line = text.Split('\n').FirstOrDefault(line =>
            line.StartsWith("florin_flows_transitions", StringComparison.Ordinal) && line.Contains("kind=\"payment\"", StringComparison.Ordinal)
            && line.Contains("to=\"reversed\"", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task<string> ChargeAsync(HttpMerchant merchant, string payment) => (await merchant.PaymentsAsync())
        .Single(intent => Text(intent.GetProperty("metadata"), "florin_reference") == payment).GetProperty("latest_charge").GetString()!;

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
