using System.Globalization;
using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.PayPal;

/// <summary>Reads PayPal's list of events forwards by time, although PayPal lists it backwards. Thread-safe.</summary>
/// <remarks>
/// The list has no cursor, so ours is a time: up to it everything was read. Each step takes the events of one span after it, page by page from the newest
/// to the oldest, and turns them round; a span that holds too many is halved. Each begins a little before the last one's end, for events that were
/// listed late, but never further back than it goes forwards: else an account that is busy enough would never get on. What was read twice is told by
/// the event's id.
/// </remarks>
internal sealed class PayPalEventFeed(PayPalClient client, PayPalOutcomes outcomes, PayPalOptions options, TimeProvider timeProvider) : IEventFeed
{
    private const string Operation = "list_events";
    private const string Path = "/v1/notifications/webhooks-events";
    private const int PageSize = 100;

    /// <summary>Pages of one span; one that has more is halved.</summary>
    private const int PagesMax = 20;

    /// <summary>PayPal keeps events for 30 days.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    private static readonly TimeSpan SpanMax = TimeSpan.FromDays(1);
    private static readonly TimeSpan SpanMin = TimeSpan.FromSeconds(1);

    /// <summary>How late an event may be listed.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(10);

    public string Name => PayPalAcquirer.ProviderName;

    public async ValueTask<ProviderLookup<ProviderEventPage>> ListEventsAsync(string? cursor, CancellationToken cancellationToken)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        DateTimeOffset oldest = now - Kept;
        DateTimeOffset from = oldest;
        if (cursor is not null && !DateTimeOffset.TryParseExact(cursor, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out from))
        {
            return outcomes.Unavailable<ProviderEventPage>(Operation, "the cursor is not a time");
        }

        from = from < oldest ? oldest : from;
        for (TimeSpan span = SpanMax; ; span /= 2)
        {
            DateTimeOffset to = from + span;

            // Up to now means without an end: PayPal's clock may be ahead of ours.
            bool isLast = to >= now;
            ProviderLookup<List<ProviderEvent>> read = await SpanAsync(from - (span < Overlap ? span : Overlap), isLast ? null : to, cancellationToken);
            switch (read)
            {
                case ProviderLookup<List<ProviderEvent>>.Found { Value: var events }:
                    events.Reverse();
                    return outcomes.Found(Operation, new ProviderEventPage(events, (isLast ? now : to).ToString("O", CultureInfo.InvariantCulture), !isLast));
                case ProviderLookup<List<ProviderEvent>>.NotFound when span > SpanMin:
                    break;
                case ProviderLookup<List<ProviderEvent>>.Unavailable { Reason: var reason }:
                    return outcomes.Unavailable<ProviderEventPage>(Operation, reason);
                default:
                    return outcomes.Unavailable<ProviderEventPage>(Operation, $"more than {PagesMax * PageSize} events at once");
            }
        }
    }

    /// <returns>The events of a span, newest first; not found when there are more than the bound.</returns>
    private async ValueTask<ProviderLookup<List<ProviderEvent>>> SpanAsync(DateTimeOffset from, DateTimeOffset? to, CancellationToken cancellationToken)
    {
        List<ProviderEvent> events = [];
        string? path = $"{Path}?page_size={PageSize}&start_time={Time(from)}{(to is { } end ? $"&end_time={Time(end)}" : "")}";
        for (int pages = 0; path is not null; pages++)
        {
            if (pages == PagesMax)
            {
                return new ProviderLookup<List<ProviderEvent>>.NotFound();
            }

            PayPalCall call = client.Get(Operation, path);
            string? next = null;
            ProviderLookup<List<ProviderEvent>> page = outcomes.Lookup(call, await client.SendAsync(call, cancellationToken), json =>
            {
                next = Next(json);
                return Read(json);
            });
            if (page is not ProviderLookup<List<ProviderEvent>>.Found { Value: var read })
            {
                return page is ProviderLookup<List<ProviderEvent>>.Unavailable
                    ? page
                    : new ProviderLookup<List<ProviderEvent>>.Unavailable("the list of events is not there");
            }

            events.AddRange(read);
            path = next;
        }

        return new ProviderLookup<List<ProviderEvent>>.Found(events);
    }

    /// <returns><see langword="null"/> when one of them is no event: then nothing is skipped.</returns>
    private List<ProviderEvent>? Read(JsonElement json)
    {
        if (json.List("events") is null)
        {
            return null;
        }

        List<ProviderEvent> events = [];
        foreach (JsonElement item in json.Objects("events"))
        {
            if (PayPalEvent.Read(item, options.IsLive) is not { } read)
            {
                return null;
            }

            events.Add(read);
        }

        return events;
    }

    /// <summary>The next page's path; only what follows our own path is taken from the link.</summary>
    private static string? Next(JsonElement json)
    {
        string? link = json.Objects("links").Where(item => item.Text("rel") == "next").Select(item => item.Text("href")).FirstOrDefault();
        int at = link?.IndexOf(Path + "?", StringComparison.Ordinal) ?? -1;
        string? path = at < 0 ? null : link![at..];
        return path is not null && path.All(c => c is > ' ' and < (char)0x7F and not '#') ? path : null;
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
