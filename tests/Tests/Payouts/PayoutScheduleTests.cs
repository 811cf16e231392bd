using System.Globalization;
using System.Text.Json;
using Florin.Tests.Faults;
using Florin.Tests.Subscriptions;
using Xunit;

namespace Florin.Tests.Payouts;

/// <summary>Merchants that are paid by schedule, on the real server under a clock that is moved; the provider's record of payouts is the judge.</summary>
public sealed class PayoutScheduleTests(BillingWorld world) : IClassFixture<BillingWorld>
{
    private const string RepeatedSeries = "florin_flows_transitions_total{kind=\"merchant.payout_batch\",to=\"repeated\"}";

    [Fact]
    public async Task A_daily_schedule_pays_what_is_there_once_a_day_and_leaves_what_is_below_the_minimum()
    {
        PayoutMerchant merchant = await PayoutMerchant.CreateAsync(world);
        await merchant.PayAsync("100.00");
        JsonElement schedule = await merchant.ScheduleAsync("daily");
        DateOnly first = await TomorrowAsync();
        Assert.Equal($"{first:yyyy-MM-dd}", Text(schedule, "next_run"));
        await merchant.JudgeAsync();

        await RunAsync(first);
        await merchant.JudgeAsync(96_80);
        JsonElement line = Assert.Single((await merchant.BatchAsync(first)).GetProperty("lines").EnumerateArray());
        Assert.Equal(("claimed", "schedule", "96.80"), (Text(line, "status"), Text(line, "claimed_by"), Text(line, "amount")));
        Assert.Equal(96_80, long.Parse(Text(await merchant.GetAsync($"/merchants/me/payouts/{Text(line, "payout_id")}"), "amount").Replace(".", ""), CultureInfo.InvariantCulture));

        await merchant.PayAsync("5.00");
        await RunAsync(first.AddDays(1));
        Assert.Empty((await merchant.BatchAsync(first.AddDays(1))).GetProperty("lines").EnumerateArray());
        await merchant.PayAsync("20.00");
        await RunAsync(first.AddDays(2));
        await merchant.JudgeAsync(4_56 + 19_12, 96_80);
        Assert.Equal(0, await merchant.AvailableAsync());
    }

    [Fact]
    public async Task A_schedule_pays_whole_units_where_PayPal_has_no_decimals_and_leaves_the_rest()
    {
        PayoutMerchant merchant = await PayoutMerchant.CreateWithPayPalAsync(world);
        await merchant.PayAsync("1000.00", "HUF");
        long before = await merchant.AvailableAsync("HUF");
        Assert.NotEqual(0, before % 100);
        await merchant.ScheduleAsync("daily", 0, "HUF");
        DateOnly first = await TomorrowAsync();
        await RunAsync(first);
        JsonElement line = Line(await merchant.BatchAsync(first));
        Assert.Equal(("claimed", "schedule"), (Text(line, "status"), Text(line, "claimed_by")));
        Assert.Equal(before % 100, await merchant.AvailableAsync("HUF"));
        JsonElement item = Assert.Single(
            await world.Sandbox.PayPalObjectsAsync("payout_item"), made => Text(made.GetProperty("payout_item"), "sender_item_id") == Text(line, "payout_id"));
        Assert.Equal(((before / 100).ToString(CultureInfo.InvariantCulture), "HUF"), (Text(Amount(item), "value"), Text(Amount(item), "currency")));

        // A destination that cannot be paid in a currency is told when the schedule is set.
        HttpAnswer refused = await merchant.SendPutAsync(
            new { interval = "daily", currencies = new[] { new { currency = "AED", minimum_amount = "10.00", destination_id = merchant.Bank } } });
        Assert.Equal((404, "not_found"), (refused.Status, refused.Code));

        static JsonElement Amount(JsonElement made) => made.GetProperty("payout_item").GetProperty("amount");
    }

    [Fact]
    public async Task With_a_delay_each_run_plans_what_no_earlier_one_has_planned()
    {
        PayoutMerchant merchant = await PayoutMerchant.CreateAsync(world);
        await merchant.PayAsync("100.00");
        await merchant.ScheduleAsync("daily", delayDays: 2);
        DateOnly first = await TomorrowAsync();
        await RunAsync(first);
        await merchant.PayAsync("50.00");
        await RunAsync(first.AddDays(1));
        Assert.Equal("96.80", Text(Line(await merchant.BatchAsync(first)), "amount"));
        Assert.Equal("48.25", Text(Line(await merchant.BatchAsync(first.AddDays(1))), "amount"));
        await merchant.JudgeAsync();

        // What is gone meanwhile is not paid: a line is paid as far as the balance goes.
        Assert.Equal(201, (await merchant.PayoutAsync("60.00")).Status);
        await RunAsync(first.AddDays(2));
        await merchant.JudgeAsync(60_00, 85_05);
        await RunAsync(first.AddDays(3));
        Assert.Equal(("skipped", "below_minimum"), (Text(Line(await merchant.BatchAsync(first.AddDays(1))), "status"), Text(Line(await merchant.BatchAsync(first.AddDays(1))), "skipped_reason")));
        await merchant.JudgeAsync(60_00, 85_05);
    }

    [Fact]
    [Fault("I-12")]
    public async Task A_batch_that_is_run_again_pays_nothing_and_is_told_by_event_and_metric()
    {
        PayoutMerchant merchant = await PayoutMerchant.CreateAsync(world);
        await merchant.PayAsync("100.00");
        await merchant.ScheduleAsync("daily");
        DateOnly day = await TomorrowAsync();
        await RunAsync(day);
        await merchant.JudgeAsync(96_80);

        // There is money again that a second run could pay.
        await merchant.PayAsync("100.00");
        double before = await RepeatedAsync();
        string batch = Text(await merchant.BatchAsync(day), "id");
        HttpAnswer again = await merchant.OperateAsync($"/payout-batches/{batch}/run");
        Assert.Equal((202, "repeated"), (again.Status, again.MovementStatus));
        await merchant.JudgeAsync(96_80);
        Assert.Equal(96_80, await merchant.AvailableAsync());
        Assert.Single(await world.EventsAsync(merchant.Id, "payout_batch"), type => type == "payout_batch.repeated");
        Assert.Equal(before + 1, await RepeatedAsync());

        // The scheduler itself comes to the same day once more: its memory was set back.
        await SetBackAsync(merchant, day);
        await Eventually.GetAsync(() => RepeatedAsync(), now => now == before + 2, "the alert");
        Assert.Equal(2, (await world.EventsAsync(merchant.Id, "payout_batch")).Count(type => type == "payout_batch.repeated"));
        Assert.Single(await merchant.BatchesAsync());
        await merchant.JudgeAsync(96_80);
        Assert.Equal(96_80, await merchant.AvailableAsync());

        // And it goes on with the next day as if nothing had been.
        await RunAsync(day.AddDays(1));
        await merchant.JudgeAsync(96_80, 96_80);
    }

    [Fact]
    public async Task A_kill_in_the_middle_of_a_batch_pays_each_line_once()
    {
        PayoutMerchant merchant = await PayoutMerchant.CreateAsync(world);
        await merchant.PayAsync("100.00");
        await merchant.PayAsync("50.00", "EUR");
        await merchant.ScheduleAsync("daily", 0, "EUR", "USD");
        DateOnly day = await TomorrowAsync();
        await world.Sandbox.FaultAsync("payouts.create", "timeout_after_effect");
        await world.Sandbox.AdvanceAsync(StartOf(day) - await world.NowAsync() + TimeSpan.FromSeconds(2));
        await world.Sandbox.WhenFaultStruckAsync("timeout_after_effect");
        await world.Server.KillAsync();
        await world.Server.StartAgainAsync();
        await RunAsync(day);
        await Eventually.GetAsync(async () => Text(await merchant.BatchAsync(day), "status"), status => status == "completed", "the batch");
        Assert.All((await merchant.BatchAsync(day)).GetProperty("lines").EnumerateArray(), line => Assert.Equal("schedule", Text(line, "claimed_by")));
        await merchant.JudgeAsync(48_25, 96_80);
        Assert.Equal((0, 0), (await merchant.AvailableAsync(), await merchant.AvailableAsync("EUR")));
    }

    [Fact]
    [Fault("I-11")]
    public async Task The_schedule_and_people_who_take_one_payout_at_one_instant_pay_it_once_and_the_losers_are_told_so()
    {
        for (int round = 0; round < 4; round++)
        {
            PayoutMerchant merchant = await PayoutMerchant.CreateAsync(world);
            await merchant.ScheduleAsync("daily", delayDays: 1);
            DateOnly day = await TomorrowAsync();
            await merchant.PayAsync("50.00");
            await RunAsync(day);

            // As much money again, so that a second payout of the line would be covered.
            await merchant.PayAsync("50.00");
            string id = Text(await merchant.BatchAsync(day), "id");
            string line = $"/payout-batches/{id}/lines/USD/pay";
            Task<HttpAnswer> run = merchant.OperateAsync($"/payout-batches/{id}/run");
            HttpAnswer[] byHand = await Task.WhenAll(
                merchant.PayLineAsync(id), merchant.OperateAsync(line), merchant.PayLineAsync(id), merchant.OperateAsync(line));
            Assert.Equal(202, (await run).Status);
            await Eventually.GetAsync(async () => Text(await merchant.BatchAsync(day), "status"), status => status == "completed", "the batch");

            await merchant.JudgeAsync(48_25);
            JsonElement claimed = Line(await merchant.BatchAsync(day));
            string holder = Text(claimed, "payout_id");
            Assert.Equal(Text(claimed, "claimed_by") == "hand" ? 1 : 0, byHand.Count(answer => answer.Status == 201));
            Assert.All(byHand.Where(answer => answer.Status == 201), winner => Assert.Equal(holder, winner.Id));
            Assert.All(
                byHand.Where(answer => answer.Status != 201),
                loser => Assert.Equal((409, "already_claimed", holder), (loser.Status, loser.Code, loser.Body.GetProperty("payout_id").GetString())));
        }
    }

    [Fact]
    public async Task Who_comes_second_to_a_line_finds_it_claimed_whether_the_schedule_or_a_person_was_first()
    {
        PayoutMerchant merchant = await PayoutMerchant.CreateAsync(world);
        await merchant.PayAsync("100.00");
        await merchant.ScheduleAsync("daily", delayDays: 1);
        DateOnly day = await TomorrowAsync();
        await RunAsync(day);
        string first = Text(await merchant.BatchAsync(day), "id");
        string key = world.NewKey();
        HttpAnswer byHand = await merchant.PayLineAsync(first, key: key);
        Assert.Equal((201, "96.80", first), (byHand.Status, Text(byHand.Body, "amount"), Text(byHand.Body, "batch_id")));
        Assert.Equal(("claimed", "hand"), (Text(Line(await merchant.BatchAsync(day)), "status"), Text(Line(await merchant.BatchAsync(day)), "claimed_by")));
        await merchant.PayAsync("200.00");

        // The day after, the schedule comes to the line that was paid by hand, and plans the next.
        await RunAsync(day.AddDays(1));
        await merchant.JudgeAsync(96_80);
        HttpAnswer replay = await merchant.PayLineAsync(first, key: key);
        Assert.Equal((201, true, byHand.Id), (replay.Status, replay.IsReplayed, replay.Id));
        string second = Text(await merchant.BatchAsync(day.AddDays(1)), "id");
        await RunAsync(day.AddDays(2));
        await merchant.JudgeAsync(96_80, 193_90);
        await merchant.PayAsync("300.00");
        HttpAnswer late = await merchant.PayLineAsync(second);
        Assert.Equal((409, "already_claimed"), (late.Status, late.Code));
        Assert.Equal(Text(Line(await merchant.BatchAsync(day.AddDays(1))), "payout_id"), late.Body.GetProperty("payout_id").GetString());
        await merchant.JudgeAsync(96_80, 193_90);
    }

    private static string Text(JsonElement element, string name) => PayoutMerchant.Text(element, name);

    private static JsonElement Line(JsonElement batch) => Assert.Single(batch.GetProperty("lines").EnumerateArray());

    private static DateTimeOffset StartOf(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    private async Task<DateOnly> TomorrowAsync() => DateOnly.FromDateTime((await world.NowAsync()).UtcDateTime).AddDays(1);

    /// <summary>Moves the clocks to noon of a day: what was due at its beginning, or is on the day's way, is done.</summary>
    private Task RunAsync(DateOnly day) => world.AdvanceToAsync(StartOf(day).AddHours(12));

    /// <summary>Has the schedule believe that it still has to run on a day, as a memory that was lost would.</summary>
    private async Task SetBackAsync(PayoutMerchant merchant, DateOnly day) => await world.Database.ExecuteAsync(
        $"update flows.flow set data = jsonb_set(data::jsonb, '{{next_run}}', '\"{day:yyyy-MM-dd}\"')::json, version = version + 1, due_at = '2000-01-01' "
        + $"where kind = 'merchant.payout_schedule' and owner_id = '{merchant.Id}'");

    private async Task<double> RepeatedAsync()
    {
        string metrics = await world.Server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        return metrics.Split('\n').FirstOrDefault(row => row.StartsWith(RepeatedSeries, StringComparison.Ordinal)) is { } series
            ? double.Parse(series[RepeatedSeries.Length..], CultureInfo.InvariantCulture)
            : 0;
    }
}
