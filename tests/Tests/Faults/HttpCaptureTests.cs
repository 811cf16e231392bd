using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Several captures of one authorisation over HTTP, with the provider's record and SQL as judges.</summary>
public sealed class HttpCaptureTests(HttpPollingWorld world) : IClassFixture<HttpPollingWorld>
{
    [Fact]
    [Fault("R-11")]
    public async Task A_reservation_is_captured_several_times_and_a_void_gives_the_rest_back_to_the_cent()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer reserved = await merchant.PayAsync("80.00", capture: "manual");
        string key = world.NewKey();
        HttpAnswer first = await merchant.CapturePartAsync(reserved.Id, "30.00", key);
        Assert.Equal((200, "authorized", "30.00", "50.00"), Amounts(first));
        HttpAnswer repeat = await merchant.CapturePartAsync(reserved.Id, "30.00", key);
        Assert.Equal((200, true), (repeat.Status, repeat.IsReplayed));
        Assert.Equal((422, "idempotency_key_mismatch"), Refusal(await merchant.CaptureAsync(reserved.Id, "30.00", key)));

        Assert.Equal((409, "limit_exceeded"), Refusal(await merchant.CapturePartAsync(reserved.Id, "50.01")));
        Assert.Equal((409, "limit_exceeded"), Refusal(await merchant.CaptureAsync(reserved.Id, "50.01")));
        Assert.Equal((200, "authorized", "49.99", "30.01"), Amounts(await merchant.CapturePartAsync(reserved.Id, "19.99")));
        await merchant.JudgeAsync();

        HttpAnswer voided = await merchant.VoidAsync(reserved.Id);
        Assert.Equal((200, "captured", "49.99", "0.00"), Amounts(voided));
        Assert.Equal((409, "invalid_transition"), Refusal(await merchant.CaptureAsync(reserved.Id, "0.01")));

        // 2.9 percent of each capture, half to even, and the fixed part once: 87 + 58 + 30.
        Assert.Equal(49_99 - 87 - 58 - 30, await merchant.AvailableAsync());
        JsonElement charge = Assert.Single(
            await world.Sandbox.ObjectsAsync("charge"),
            one => one.GetProperty("metadata").TryGetProperty("florin_reference", out JsonElement of) && of.GetString() == reserved.Id);
        Assert.Equal((49_99, 30_01), (charge.GetProperty("amount_captured").GetInt64(), charge.GetProperty("amount_refunded").GetInt64()));
        Assert.Equal((201, "succeeded"), (await merchant.RefundAsync(reserved.Id, "49.99") is var refund ? (refund.Status, refund.MovementStatus) : default));
        await merchant.StatusAsync(reserved.Id, "refunded");
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task The_last_capture_ends_it_whether_it_is_called_final_or_takes_all()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer one = await merchant.PayAsync("10.00", capture: "manual");
        Assert.Equal((200, "authorized", "4.00", "6.00"), Amounts(await merchant.CapturePartAsync(one.Id, "4.00")));
        Assert.Equal((200, "captured", "10.00", "0.00"), Amounts(await merchant.CapturePartAsync(one.Id, "6.00")));
        HttpAnswer other = await merchant.PayAsync("10.00", capture: "manual");
        await merchant.CapturePartAsync(other.Id, "4.00");
        Assert.Equal((200, "captured", "5.00", "0.00"), Amounts(await merchant.CaptureAsync(other.Id, "1.00")));
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task Where_the_card_takes_one_capture_only_the_provider_refuses_and_the_reservation_stays()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer reserved = await merchant.PayAsync("10.00", capture: "manual", source: "pm_card_unionpay");
        Assert.Equal("provider_declined", (await merchant.CapturePartAsync(reserved.Id, "4.00")).Code);
        Assert.Equal("authorized", await merchant.StatusAsync(reserved.Id));
        Assert.Equal((200, "captured", "4.00", "0.00"), Amounts(await merchant.CaptureAsync(reserved.Id, "4.00")));
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task Concurrent_captures_never_exceed_the_reservation()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer reserved = await merchant.PayAsync("10.00", capture: "manual");
        HttpAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => merchant.CapturePartAsync(reserved.Id, "3.00")));
        Assert.True(answers.Count(answer => answer.Status == 200) == 3, string.Join('\n', answers.Select(answer => answer.ToString())));
        Assert.All(answers.Where(answer => answer.Status != 200), answer => Assert.Equal((409, "limit_exceeded"), Refusal(answer)));
        Assert.Equal((200, "captured", "9.00", "0.00"), Amounts(await merchant.VoidAsync(reserved.Id)));
        await merchant.JudgeAsync();
    }

    [Theory]
    [InlineData("timeout_after_effect", "5.00", "5.00")]
    [InlineData("error_500", "0.00", "10.00")]
    public async Task A_capture_in_parts_whose_answer_is_lost_is_looked_up_and_counted_once(string fault, string captured, string rest)
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer reserved = await merchant.PayAsync("10.00", capture: "manual");
        await world.Sandbox.FaultAsync("payment_intents.capture", fault);
        await world.Sandbox.FaultAsync("payment_intents.get", "error_500", count: 1_000);
        Assert.Equal((202, "outcome_unknown"), Refusal(await merchant.CapturePartAsync(reserved.Id, "4.00")));

        // Another command waits its turn while the first is not known: it is neither refused nor overtakes it.
        string key = world.NewKey();
        Assert.Equal((409, "idempotency_key_in_progress"), Refusal(await merchant.CapturePartAsync(reserved.Id, "1.00", key)));
        await world.Sandbox.ClearFaultsAsync();
        if (captured == "5.00")
        {
            HttpAnswer second = await Eventually.GetAsync(
                () => merchant.CapturePartAsync(reserved.Id, "1.00", key), answer => answer.Status == 200, "the second capture");
            Assert.Equal((200, "authorized", "5.00", "5.00"), Amounts(second));
        }

        JsonElement read = await merchant.GetAsync($"/payments/{reserved.Id}");
        Assert.Equal((captured, rest), (read.GetProperty("amount_captured").GetString(), read.GetProperty("amount_capturable").GetString()));
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task A_flag_that_is_none_is_refused()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer reserved = await merchant.PayAsync("10.00", capture: "manual");
        Assert.Equal((422, "validation_failed"), Refusal(await merchant.SendAsync($"/payments/{reserved.Id}/capture", new { final = "no" })));
        Assert.Equal("authorized", await merchant.StatusAsync(reserved.Id));
    }

    private static (int Status, string State, string? Captured, string? Capturable) Amounts(HttpAnswer answer) =>
        (answer.Status, answer.MovementStatus, answer.Movement.GetProperty("amount_captured").GetString(), answer.Movement.GetProperty("amount_capturable").GetString());

    private static (int Status, string? Code) Refusal(HttpAnswer answer) => (answer.Status, answer.Code);
}
