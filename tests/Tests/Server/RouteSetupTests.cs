using System.Collections;
using Florin.Payments;
using Florin.Server.Configuration;
using Florin.Server.Hosting;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Server;

/// <summary>The rules that choose a payment's acquirer, as an operator writes them.</summary>
public sealed class RouteSetupTests
{
    private static readonly Guid Merchant = Guid.Parse("7f3c1b5e-0000-4000-8000-000000000001");

    [Fact]
    public async Task Rules_are_read_in_their_order() => Assert.Equal(
        [
            new PaymentRoute("paypal", "EUR", "B-"),
            new PaymentRoute("stripe", Merchant: Merchant),
        ],
        await ReadAsync($"currency:EUR&source:B-=paypal, merchant:{Merchant:D}=stripe"));

    [Theory]
    [InlineData("currency:EUR")]
    [InlineData("currency:eur=paypal")]
    [InlineData("currency:EUR&currency:USD=paypal")]
    [InlineData("country:DE=paypal")]
    [InlineData("merchant:me=paypal")]
    [InlineData("source:=paypal")]
    [InlineData("=paypal")]
    [InlineData("currency:EUR=adyen")]
    public Task What_is_no_rule_is_refused_at_start(string text) => Assert.ThrowsAsync<ConfigurationRefusedException>(() => ReadAsync(text));

    private static async Task<IReadOnlyList<PaymentRoute>> ReadAsync(string text)
    {
        await using TemporaryFolder folder = TemporaryFolder.Create();
        FlorinConfiguration configuration = FlorinConfiguration.Load(folder.Path, new Hashtable { ["FLORIN__PAYMENTS__ROUTES"] = text }, new Dictionary<Setting, string>());
        return RouteSetup.Read(configuration, ["stripe", "paypal"]);
    }
}
