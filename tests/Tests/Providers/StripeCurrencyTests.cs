using Florin.Ledger;
using Florin.Providers.Stripe;
using Xunit;

namespace Florin.Tests.Providers;

public sealed class StripeCurrencyTests
{
    /// <summary>ISO's smallest units, Stripe's amount for a charge and for a payout; null is refused. Source: docs.stripe.com/currencies.</summary>
    [Theory]
    [InlineData("USD", 1050, 1050L, 1050L)]
    [InlineData("USD", 99_999_999, 99_999_999L, 99_999_999L)]
    [InlineData("USD", 100_000_000, null, null)]
    [InlineData("JPY", 500, 500L, 500L)]
    [InlineData("UGX", 5, 500L, 500L)]
    [InlineData("ISK", 999_999, 99_999_900L, 99_999_900L)]
    [InlineData("ISK", 1_000_000, null, null)]
    [InlineData("HUF", 10_045, 10_045L, null)]
    [InlineData("HUF", 10_000, 10_000L, 10_000L)]
    [InlineData("TWD", 80_045, 80_045L, null)]
    [InlineData("TWD", 80_000, 80_000L, 80_000L)]
    [InlineData("KWD", 5_120, 5_120L, 5_120L)]
    [InlineData("KWD", 5_124, null, null)]
    [InlineData("BHD", 1, null, null)]
    [InlineData("MGA", 500, 5L, 5L)]
    [InlineData("MGA", 501, null, null)]
    [InlineData("LYD", 1000, null, null)]
    public void Amount_is_said_exactly_or_not_at_all(string currency, ulong minorUnits, long? charge, long? payout)
    {
        Assert.Equal(charge, Translate(minorUnits, currency, StripeUse.Charge));
        Assert.Equal(payout, Translate(minorUnits, currency, StripeUse.Payout));
    }

    [Fact]
    public void Every_amount_that_can_be_said_comes_back_the_same()
    {
        ulong[] amounts = [1, 9, 10, 99, 100, 101, 1_000, 1_050, 12_340, 99_990, 999_900, 99_999_999];
        int said = 0;
        foreach ((string code, _) in StripeCurrencies.All)
        {
            foreach (ulong minorUnits in amounts)
            {
                if (Translate(minorUnits, code, StripeUse.Charge) is { } amount)
                {
                    Assert.True(StripeCurrencies.TryFromStripe(amount, code, out UInt128 back));
                    Assert.Equal(minorUnits, back);
                    said++;
                }
            }
        }

        Assert.InRange(said, 1_000, int.MaxValue);
    }

    [Fact]
    public void Scales_agree_with_the_ledgers_assets()
    {
        (int Ours, int Stripes)[] both =
            [.. StripeCurrencies.All.Where(item => Assets.TryGet(item.Code, out _)).Select(item => (Assets.Get(item.Code).Scale, item.IsoScale))];

        Assert.InRange(both.Length, 130, int.MaxValue);
        Assert.All(both, scale => Assert.Equal(scale.Ours, scale.Stripes));
    }

    [Theory]
    [InlineData("UGX", 550)]
    [InlineData("ISK", 1)]
    [InlineData("USD", -1)]
    [InlineData("", 100)]
    [InlineData("ZZZ", 100)]
    public void Amount_of_stripes_that_iso_cannot_say_is_not_read(string currency, long amount)
    {
        Assert.False(StripeCurrencies.TryFromStripe(amount, currency, out _));
    }

    private static long? Translate(ulong minorUnits, string currency, StripeUse use)
        => StripeCurrencies.TryToStripe(minorUnits, currency, use, out long amount, out _) ? amount : null;
}
