using System.Globalization;
using System.Text.Json;
using Florin.Providers;
using Microsoft.AspNetCore.WebUtilities;
using Xunit;

namespace Florin.Tests.Providers;

public sealed class PayPalEventFeedTests
{
    private const int PageSize = 100;

    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_767_100_000);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(101, 3_600)]
    [InlineData(3_000, 60)]
    [InlineData(6_000, 0.2)]
    public async Task Every_event_is_read_and_a_busy_account_gets_on(int count, double secondsBetween)
    {
        // The last one is a minute old; the list answers backwards, a hundred at a time, and the next page by a link.
        DateTimeOffset[] times = [.. Enumerable.Range(0, count).Select(n => Now.AddMinutes(-1).AddSeconds(-Math.Floor((count - n) * secondsBetween)))];
        await using StripeServer server = await StripeServer.StartAsync((seen, context) => StripeServer.AnswerAsync(
            context, 200, seen.Path.EndsWith("/v1/oauth2/token", StringComparison.Ordinal) ? PayPalOutcomeTests.TokenAnswer : Page(times, seen.Query)));
        await using PayPalUnderTest paypal = new(server.ApiBase, now: Now);

        List<string> read = [];
        string? cursor = Now.AddDays(-20).ToString("O", CultureInfo.InvariantCulture);
        for (bool isMore = true; isMore;)
        {
            ProviderEventPage page = Assert.IsType<ProviderLookup<ProviderEventPage>.Found>(
                await paypal.Play(paypal.Events.ListEventsAsync(cursor, TestContext.Current.CancellationToken))).Value;
            read.AddRange(page.Events.Select(told => told.Id));
            Assert.NotEqual(cursor, page.NextCursor);
            (cursor, isMore) = (page.NextCursor, page.HasMore);
        }

        Assert.Equal(Enumerable.Range(0, count).Select(n => $"WH-{n}"), read.Distinct());
    }

    private static string Page(DateTimeOffset[] times, string query)
    {
        var asked = QueryHelpers.ParseQuery(query);
        DateTimeOffset from = Time(asked["start_time"]!);
        DateTimeOffset to = asked.TryGetValue("end_time", out var end) ? Time(end!) : DateTimeOffset.MaxValue;
        int skip = asked.TryGetValue("skip", out var text) ? int.Parse(text!, CultureInfo.InvariantCulture) : 0;
        int[] wanted = [.. Enumerable.Range(0, times.Length).Where(n => times[n] >= from && times[n] <= to).Reverse()];
        string next = string.Create(
            CultureInfo.InvariantCulture,
            $"https://api-m.paypal.com/v1/notifications/webhooks-events{QueryHelpers.AddQueryString("", asked.Where(pair => pair.Key != "skip"))}&skip={skip + PageSize}");
        return JsonSerializer.Serialize(new
        {
            events = wanted.Skip(skip).Take(PageSize).Select(n => new
            {
                id = $"WH-{n}",
                event_type = "PAYMENT.CAPTURE.COMPLETED",
                create_time = times[n].UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                resource = new { id = $"C{n}" },
            }),
            links = wanted.Length > skip + PageSize ? new[] { new { rel = "next", href = next } } : [],
        });
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
