using Florin.Providers;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Florin.Tests.Providers;

public sealed class StripeSearchTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly DateTimeOffset Ever = DateTimeOffset.UnixEpoch;

    [Fact]
    public async Task Payment_is_found_by_our_reference_on_a_later_page()
    {
        ProviderLookup<ProviderPayment> found = await FindAsync(Enumerable.Range(1, 500).Select(n => StripeListServer.Payment(n, $"flow-{n}")), "flow-7");

        Assert.Equal("pi_7", Assert.IsType<ProviderLookup<ProviderPayment>.Found>(found).Value.Id);
    }

    [Fact]
    public async Task Payment_is_found_although_its_customer_made_thousands_since()
    {
        ProviderLookup<ProviderPayment> found = await FindAsync(Enumerable.Range(1, 6_000).Select(n => StripeListServer.Payment(n, $"flow-{n}")), "flow-7");

        Assert.Equal("pi_7", Assert.IsType<ProviderLookup<ProviderPayment>.Found>(found).Value.Id);
    }

    [Fact]
    public async Task Payment_that_is_on_no_page_is_not_found()
    {
        Assert.IsType<ProviderLookup<ProviderPayment>.NotFound>(await FindAsync(Enumerable.Range(1, 150).Select(n => StripeListServer.Payment(n, $"flow-{n}")), "flow-0"));
        Assert.IsType<ProviderLookup<ProviderPayment>.NotFound>(await FindAsync([], "flow-0"));
    }

    [Fact]
    public async Task Search_that_does_not_reach_the_end_is_unavailable_and_not_a_no()
    {
        Assert.IsType<ProviderLookup<ProviderPayment>.Unavailable>(
            await FindAsync(Enumerable.Range(1, 20_001).Select(n => StripeListServer.Payment(n, $"flow-{n}")), "flow-0"));
    }

    [Fact]
    public async Task Page_that_fails_on_the_way_makes_the_search_unavailable()
    {
        StripeListServer list = new(Enumerable.Range(1, 150).Select(n => StripeListServer.Payment(n, $"flow-{n}")));
        await using StripeServer server = await StripeServer.StartAsync((seen, context) => seen.Query.Contains("starting_after", StringComparison.Ordinal)
            ? StripeServer.AnswerAsync(context, 500, StripeAnswers.ServerError)
            : StripeServer.AnswerAsync(context, 200, list.Page(seen)));
        await using StripeUnderTest stripe = new(server.ApiBase);

        Assert.IsType<ProviderLookup<ProviderPayment>.Unavailable>(await stripe.Play(stripe.Provider.FindPaymentAsync("flow-0", "cus_1", Ever, Token)));
    }

    [Fact]
    public async Task Of_several_payments_the_one_that_took_money_is_told_and_the_others_are_cried_out()
    {
        StripeListServer list = new(
        [
            StripeListServer.Payment(1, "flow-1", "succeeded"),
            StripeListServer.Payment(2, "flow-1", "processing"),
            StripeListServer.Payment(3, "flow-1", "requires_payment_method"),
        ]);
        await using StripeServer server = await list.StartAsync();
        await using StripeUnderTest stripe = new(server.ApiBase);

        ProviderLookup<ProviderPayment> found = await stripe.Play(stripe.Provider.FindPaymentAsync("flow-1", "cus_1", Ever, Token));

        Assert.Equal("pi_1", Assert.IsType<ProviderLookup<ProviderPayment>.Found>(found).Value.Id);
        Assert.Contains(stripe.Log.Lines, line => line.Level == LogLevel.Error && line.Id == 3006);
    }

    [Fact]
    public async Task Search_asks_for_the_customer_and_for_no_more_than_it_is_told()
    {
        await using StripeServer server = await new StripeListServer([]).StartAsync();
        await using StripeUnderTest stripe = new(server.ApiBase);

        await stripe.Play(stripe.Provider.FindPaymentAsync("flow-1", "cus_1", DateTimeOffset.FromUnixTimeSeconds(1_767_000_000), Token));

        Assert.Equal("?created%5Bgte%5D=1767000000&customer=cus_1&limit=100", Assert.Single(server.Seen).Query.Replace("[", "%5B", StringComparison.Ordinal).Replace("]", "%5D", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Payout_is_found_by_our_reference()
    {
        await using StripeServer server = await new StripeListServer(
            [StripeListServer.Payout(1, "flow-2", "in_transit"), StripeListServer.Payout(2, "flow-3")]).StartAsync();
        await using StripeUnderTest stripe = new(server.ApiBase);

        ProviderLookup<ProviderPayout> found = await stripe.Play(stripe.Provider.FindPayoutAsync("flow-2", "ba_1", Ever, Token));
        ProviderLookup<ProviderPayout> none = await stripe.Play(stripe.Provider.FindPayoutAsync("flow-9", "ba_1", Ever, Token));

        Assert.Equal(ProviderPayoutStatus.InTransit, Assert.IsType<ProviderLookup<ProviderPayout>.Found>(found).Value.Status);
        Assert.IsType<ProviderLookup<ProviderPayout>.NotFound>(none);
    }

    private static async Task<ProviderLookup<ProviderPayment>> FindAsync(IEnumerable<(string Id, long Created, string Json)> payments, string reference)
    {
        await using StripeServer server = await new StripeListServer(payments).StartAsync();
        await using StripeUnderTest stripe = new(server.ApiBase);
        return await stripe.Play(stripe.Provider.FindPaymentAsync(reference, "cus_1", Ever, Token));
    }
}
