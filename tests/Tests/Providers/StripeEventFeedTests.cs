using Florin.Providers;
using Xunit;

namespace Florin.Tests.Providers;

public sealed class StripeEventFeedTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(1_234)]
    public async Task Every_event_is_read_once_from_the_oldest_on(int count)
    {
        List<string> read = await ReadAllAsync(new StripeListServer(Enumerable.Range(0, count).Select(n => StripeListServer.Event(n, 1_767_000_000 + (n * 60)))));

        Assert.Equal(Enumerable.Range(0, count).Select(n => $"evt_{n}"), read);
    }

    [Fact]
    public async Task Many_events_of_one_second_are_read_in_order()
    {
        List<string> read = await ReadAllAsync(new StripeListServer(Enumerable.Range(0, 750).Select(n => StripeListServer.Event(n, 1_767_000_000 + (n / 250)))));

        Assert.Equal(Enumerable.Range(0, 750).Select(n => $"evt_{n}"), read);
    }

    [Fact]
    public async Task Oldest_event_is_found_in_few_requests_however_many_there_are()
    {
        StripeListServer list = new(Enumerable.Range(0, 20_000).Select(n => StripeListServer.Event(n, 1_767_000_000 + (n * 129))));
        await using StripeServer server = await list.StartAsync();
        await using StripeUnderTest stripe = new(server.ApiBase);

        ProviderEventPage page = await PageAsync(stripe, null);

        Assert.Equal("evt_0", page.Events[0].Id);
        Assert.True(page.HasMore);
        Assert.InRange(server.Seen.Count, 1, 30);
    }

    [Fact]
    public async Task Events_older_than_what_stripe_says_to_keep_are_found_too()
    {
        List<string> read = await ReadAllAsync(new StripeListServer(
            Enumerable.Range(0, 300).Select(n => StripeListServer.Event(n, n < 150 ? 1_500_000_000 + n : 1_767_000_000 + n))));

        Assert.Equal(Enumerable.Range(0, 300).Select(n => $"evt_{n}"), read);
    }

    [Fact]
    public async Task Cursor_stays_while_nothing_is_new_and_goes_on_when_something_is()
    {
        StripeListServer list = new([StripeListServer.Event(1, 1_767_000_000)]);
        await using StripeServer server = await list.StartAsync();
        await using StripeUnderTest stripe = new(server.ApiBase);

        string? cursor = (await PageAsync(stripe, null)).NextCursor;
        ProviderEventPage nothing = await PageAsync(stripe, cursor);
        list.Add(StripeListServer.Event(2, 1_767_000_000));
        ProviderEventPage next = await PageAsync(stripe, nothing.NextCursor);

        Assert.Equal("evt_1", cursor);
        Assert.Empty(nothing.Events);
        Assert.Equal("evt_1", nothing.NextCursor);
        Assert.Equal("evt_2", Assert.Single(next.Events).Id);
    }

    [Theory]
    [InlineData(404, "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"resource_missing\"}}")]
    [InlineData(500, "")]
    [InlineData(200, "{\"object\":\"list\",\"has_more\":true,\"data\":[]}")]
    [InlineData(200, "{\"object\":\"list\",\"has_more\":false,\"data\":[{\"id\":\"evt_2\"}]}")]
    public async Task Page_that_cannot_be_read_is_unavailable_and_never_empty(int status, string body)
    {
        await using StripeServer server = await StripeServer.StartAsync(status, body);
        await using StripeUnderTest stripe = new(server.ApiBase);

        Assert.IsType<ProviderLookup<ProviderEventPage>.Unavailable>(await stripe.Play(stripe.Provider.ListEventsAsync("evt_1", Token)));
    }

    private static async Task<List<string>> ReadAllAsync(StripeListServer list)
    {
        await using StripeServer server = await list.StartAsync();
        await using StripeUnderTest stripe = new(server.ApiBase);
        List<string> read = [];
        string? cursor = null;
        ProviderEventPage page;
        do
        {
            page = await PageAsync(stripe, cursor);
            read.AddRange(page.Events.Select(item => item.Id));
            cursor = page.NextCursor;
        }
        while (page.HasMore);
        return read;
    }

    private static async Task<ProviderEventPage> PageAsync(StripeUnderTest stripe, string? cursor)
        => Assert.IsType<ProviderLookup<ProviderEventPage>.Found>(await stripe.Play(stripe.Provider.ListEventsAsync(cursor, Token))).Value;
}
