using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Payments that cannot be known for long, that have expired, and that were declined.</summary>
public sealed class HttpUnknownQueueTests(HttpSettlingWorld world) : IClassFixture<HttpSettlingWorld>
{
    [Fact]
    [Fault("U-04")]
    public async Task What_cannot_be_read_is_never_failed_and_stands_in_the_queue_with_its_age_until_it_is_known()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await world.Sandbox.FaultAsync("payment_intents.create", "timeout_after_effect");
        await world.Sandbox.FaultAsync("payment_intents.list", "error_500", count: 1_000);
        HttpAnswer answer = await merchant.PayAsync("11.00", obligation: "order-1");
        Assert.Equal((202, "outcome_unknown"), (answer.Status, answer.Code));

        // Long after the settle window, and after looks in vain, it is where it was, and somebody is told.
        JsonElement entry = await Eventually.GetAsync(
            () => EntryAsync(answer.Id), found => found.ValueKind == JsonValueKind.Undefined || found.GetProperty("is_overdue").GetBoolean(), "an overdue entry");
        Assert.NotEqual(JsonValueKind.Undefined, entry.ValueKind);
        Assert.Equal(("payment", merchant.Id), (entry.GetProperty("kind").GetString(), entry.GetProperty("owner_id").GetString()));
        Assert.InRange(entry.GetProperty("age_seconds").GetInt64(), HttpWorld.UnknownMaxSeconds, HttpWorld.Never);
        Assert.Equal("unknown", await world.StateAsync(answer.Id));
        double oldest = await Eventually.GetAsync(OldestAsync, age => age >= HttpWorld.UnknownMaxSeconds, "the metric of the oldest");
        Assert.InRange(oldest, HttpWorld.UnknownMaxSeconds, HttpWorld.Never);

        await world.Sandbox.ClearFaultsAsync();
        await merchant.StatusAsync(answer.Id, "captured");
        Assert.Equal(JsonValueKind.Undefined, (await EntryAsync(answer.Id)).ValueKind);
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task The_queue_is_for_operators()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await Assert.ThrowsAnyAsync<Exception>(() => merchant.GetAsync("/flows/unknown"));
        using HttpResponseMessage nobody = await world.Server.SendAsync(HttpMethod.Get, "/flows/unknown");
        Assert.Equal(401, (int)nobody.StatusCode);
    }

    [Fact]
    [Fault("R-10")]
    public async Task A_capture_after_the_reservation_has_expired_is_refused_and_the_payment_is_voided()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer whole = await merchant.PayAsync("40.00", capture: "manual");
        HttpAnswer part = await merchant.PayAsync("50.00", capture: "manual");
        await merchant.CapturePartAsync(part.Id, "20.00");
        await world.Sandbox.AdvanceAsync(TimeSpan.FromDays(8));
        HttpAnswer[] late = [await merchant.CaptureAsync(whole.Id), await merchant.CapturePartAsync(part.Id, "10.00")];
        Assert.All(late, answer => Assert.Contains(answer.Code, (string[])["provider_declined", "invalid_transition"]));
        await merchant.StatusAsync(whole.Id, "voided");
        await merchant.StatusAsync(part.Id, "captured");
        Assert.Equal(20_00 - 58 - 30, await merchant.AvailableAsync());
        Assert.Equal("0.00", (await merchant.GetAsync($"/payments/{part.Id}")).GetProperty("amount_capturable").GetString());
        await merchant.JudgeAsync();
    }

    [Fact]
    [Fault("R-13")]
    public async Task A_declined_payment_is_never_refunded()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await merchant.PayAsync("100.00");
        long before = await merchant.AvailableAsync();
        HttpAnswer declined = await merchant.PayAsync("40.00", source: "pm_card_chargeDeclined");
        Assert.Equal("failed", declined.MovementStatus);
        HttpAnswer[] refunds = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => merchant.RefundAsync(declined.Id, "40.00")));
        Assert.All(refunds, refund => Assert.Equal((409, "invalid_transition"), (refund.Status, refund.Code)));
        Assert.Equal(0, await merchant.FlowsAsync("payment.refund"));
        Assert.Equal(before, await merchant.AvailableAsync());
        await merchant.JudgeAsync();
    }

    private async Task<JsonElement> EntryAsync(string flow) => (await world.Server.GetAsync("/flows/unknown?limit=200&kind=payment", world.Server.AdminApiKey))
        .GetProperty("data").EnumerateArray().FirstOrDefault(entry => entry.GetProperty("id").GetString() == flow);

    private async Task<double> OldestAsync()
    {
        using HttpResponseMessage response = await world.Server.SendAsync(HttpMethod.Get, "/metrics");
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        string? line = text.Split('\n').FirstOrDefault(line => line.StartsWith("florin_flows_unknown_oldest", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
