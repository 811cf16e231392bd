using System.Text.Json;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Payments of one obligation of which a thought-to-have-failed one has taken money after all: one is honoured, every other goes back.</summary>
public sealed class HttpObligationTests(HttpSettlingWorld world) : IClassFixture<HttpSettlingWorld>
{
    private const long Net = 10_00 - 29 - 30;

    [Fact]
    [Fault("I-09")]
    public async Task A_late_success_of_what_another_attempt_has_paid_goes_back_to_the_payer()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        string first = await FailAsync(merchant, "order-1");
        await world.Sandbox.ClearFaultsAsync();
        HttpAnswer second = await merchant.PayAsync("10.00", obligation: "order-1");
        Assert.Equal("captured", second.MovementStatus);
        await TellAsync(first, "payment_intent.succeeded");
        await world.StateAsync(first, "returned");
        Assert.Equal("created submitting unknown failed returning returned", await world.PathAsync(first));
        Assert.Equal("refunded", await merchant.StatusAsync(first));
        Assert.Equal((2_000, 1_000), await AtProviderAsync(merchant));
        Assert.Equal(Net, await merchant.AvailableAsync());
        Assert.Equal(0, await merchant.ShareAsync("suspense:stripe"));
        Assert.Equal("obligation_taken", (await merchant.PayAsync("10.00", obligation: "order-1")).Code);
        await merchant.JudgeAsync();
    }

    [Fact]
    [Fault("I-09")]
    public async Task A_late_success_and_new_attempts_at_one_instant_leave_one_that_is_honoured()
    {
        const int obligations = 6;
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        string[] names = [.. Enumerable.Range(0, obligations).Select(number => $"order-{number}")];
        string[] late = await FailAsync(merchant, names);
        await world.Sandbox.ClearFaultsAsync();
        Dictionary<string, string> events = [];
        foreach (string id in late)
        {
            events[id] = await EventAsync(id, "payment_intent.succeeded");
        }

        // Each obligation: the late success is told, and three callers with keys of their own try again.
        HttpAnswer[][] answers = await Task.WhenAll(names.Zip(late, async (name, id) =>
        {
            Task<int> told = world.PostEventAsync(events[id]);
            HttpAnswer[] paid = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => merchant.PayAsync("10.00", obligation: name)));
            Assert.Equal(200, await told);
            return paid;
        }));
        Assert.All(answers.SelectMany(each => each), answer => Assert.True(answer.Status is 201 or 202 || answer.Code == "obligation_taken", answer.ToString()));
        await Eventually.GetAsync(
            () => world.Database.QueryAsync<string>(
                $"select coalesce(string_agg(state, ' '), '') from flows.flow where owner_id = '{merchant.Id}' and kind = 'payment' and state not in ('captured', 'returned')"),
            open => open.Length == 0,
            "every payment at its end");
        Assert.Equal(
            obligations,
            await world.Database.QueryAsync<long>($"select count(*) from flows.flow where owner_id = '{merchant.Id}' and kind = 'payment' and state = 'captured'"));
        (long taken, long returned) = await AtProviderAsync(merchant);
        Assert.Equal(obligations * 10_00, taken - returned);
        Assert.Equal(obligations * Net, await merchant.AvailableAsync());
        Assert.Equal(0, await merchant.ShareAsync("suspense:stripe"));
        await merchant.JudgeAsync();
    }

    [Fact]
    [Fault("U-02")]
    public async Task A_late_success_waits_in_suspense_while_another_attempt_is_unknown_and_is_honoured_when_that_failed()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        string first = await FailAsync(merchant, "order-1");
        string told = await EventAsync(first, "payment_intent.succeeded");
        await world.Sandbox.ClearFaultsAsync();
        await world.Sandbox.FaultAsync("payment_intents.create", "timeout_before_effect");
        HttpAnswer second = await merchant.PayAsync("10.00", obligation: "order-1");
        Assert.Equal((202, "unknown"), (second.Status, second.MovementStatus));
        Assert.Equal(200, await world.PostEventAsync(told));
        await world.StateAsync(first, "captured");
        Assert.Equal("created submitting unknown failed contested captured", await world.PathAsync(first));
        Assert.Equal("failed", await merchant.StatusAsync(second.Id));
        Assert.Equal(Net, await merchant.AvailableAsync());
        Assert.Equal(0, await merchant.ShareAsync("suspense:stripe"));
        HttpAnswer third = await merchant.PayAsync("10.00", obligation: "order-1");
        Assert.Equal(("obligation_taken", first), (third.Code, third.Body.GetProperty("payment_id").GetString()));
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task What_the_provider_does_not_give_back_stays_in_suspense_for_a_person()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        string first = await FailAsync(merchant, "order-1", source: "pm_card_refundFail");
        await world.Sandbox.ClearFaultsAsync();
        await merchant.PayAsync("10.00", obligation: "order-1");
        await TellAsync(first, "payment_intent.succeeded");
        await world.StateAsync(first, "returned");
        await world.Sandbox.AdvanceAsync(TimeSpan.FromDays(1));
        await TellAsync(first, "refund.failed");
        await world.StateAsync(first, "mismatch");
        JsonElement read = await merchant.GetAsync($"/payments/{first}");
        Assert.Equal(("unknown", true), (read.GetProperty("status").GetString(), read.GetProperty("under_review").GetBoolean()));
        Assert.Equal(-10_00, await merchant.ShareAsync("suspense:stripe"));
        Assert.Equal(Net, await merchant.AvailableAsync());
    }

    [Fact]
    public async Task A_late_reservation_of_what_another_attempt_has_paid_is_given_back()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        string first = await FailAsync(merchant, "order-1", capture: "manual");
        await world.Sandbox.ClearFaultsAsync();
        await merchant.PayAsync("10.00", obligation: "order-1");
        await TellAsync(first, "payment_intent.amount_capturable_updated");
        await world.StateAsync(first, "voided");
        Assert.Equal("created submitting unknown failed voiding voided", await world.PathAsync(first));
        Assert.Equal((1_000, 0), await AtProviderAsync(merchant));
        await merchant.JudgeAsync();
    }

    [Fact]
    [Fault("I-09")]
    public async Task A_late_reservation_whose_void_fails_is_never_the_merchants_to_capture_and_is_voided_again()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        string first = await FailAsync(merchant, "order-1", capture: "manual");
        await world.Sandbox.ClearFaultsAsync();
        await merchant.PayAsync("10.00", obligation: "order-1");
        await world.Sandbox.FaultAsync("payment_intents.cancel", "error_429", count: 1_000);
        await TellAsync(first, "payment_intent.amount_capturable_updated");
        await Eventually.GetAsync(
            () => world.PathAsync(first), path => path.Contains("voiding voiding", StringComparison.Ordinal) || path.EndsWith("authorized", StringComparison.Ordinal),
            "the void has failed");
        HttpAnswer captured = await merchant.CaptureAsync(first);
        Assert.Equal((409, "invalid_transition"), (captured.Status, captured.Code));
        await world.Sandbox.ClearFaultsAsync();
        await world.StateAsync(first, "voided");
        Assert.DoesNotContain("authorized", await world.PathAsync(first));
        Assert.Equal((1_000, 0), await AtProviderAsync(merchant));
        await merchant.JudgeAsync();
    }

    /// <summary>Payments that took the money, and whose answers were lost for so long that they are thought to have failed.</summary>
    private async Task<string[]> FailAsync(HttpMerchant merchant, string[] obligations, string source = "pm_card_visa", string capture = "automatic")
    {
        await world.HideAsync("payment_intents.list");
        await world.Sandbox.FaultAsync("payment_intents.create", "timeout_after_effect", count: obligations.Length);
        HttpAnswer[] answers = await Task.WhenAll(
            obligations.Select(obligation => merchant.PayAsync("10.00", source: source, capture: capture, obligation: obligation)));
        foreach (HttpAnswer answer in answers)
        {
            Assert.Equal((202, "outcome_unknown"), (answer.Status, answer.Code));
            await merchant.StatusAsync(answer.Id, "failed");
        }

        return [.. answers.Select(answer => answer.Id)];
    }

    private async Task<string> FailAsync(HttpMerchant merchant, string obligation, string source = "pm_card_visa", string capture = "automatic") =>
        (await FailAsync(merchant, [obligation], source, capture))[0];

    private async Task<string> EventAsync(string payment, string type) =>
        (await world.EventsAsync(payment)).Single(item => item.GetProperty("type").GetString() == type).GetRawText();

    private async Task TellAsync(string payment, string type) => Assert.Equal(200, await world.PostEventAsync(await EventAsync(payment, type)));

    private async Task<(long Taken, long Returned)> AtProviderAsync(HttpMerchant merchant)
    {
        IReadOnlyList<JsonElement> payments = await merchant.PaymentsAsync();
        HashSet<string> ids = [.. payments.Select(payment => payment.GetProperty("id").GetString()!)];
        IReadOnlyList<JsonElement> refunds = await world.Sandbox.ObjectsAsync("refund");
        return (payments.Sum(payment => payment.GetProperty("amount_received").GetInt64()),
            refunds.Where(refund => ids.Contains(refund.GetProperty("payment_intent").GetString()!)).Sum(refund => refund.GetProperty("amount").GetInt64()));
    }
}
