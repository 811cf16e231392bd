using System.Globalization;
using Florin.Ledger;
using Florin.Providers.PayPal;
using Florin.Sandbox.PayPal;
using Xunit;

namespace Florin.Tests.Providers;

public sealed class PayPalCurrencyTests
{
    /// <summary>PayPal's own table, written down a second time: the code and the decimals. Source: developer.paypal.com/reference/currency-codes.</summary>
    private static readonly (string Code, int Decimals)[] Table =
    [
        ("AUD", 2), ("BRL", 2), ("CAD", 2), ("CNY", 2), ("CZK", 2), ("DKK", 2), ("EUR", 2), ("HKD", 2), ("HUF", 0), ("ILS", 2), ("JPY", 0), ("MYR", 2),
        ("MXN", 2), ("TWD", 0), ("NZD", 2), ("NOK", 2), ("PHP", 2), ("PLN", 2), ("GBP", 2), ("SGD", 2), ("SEK", 2), ("CHF", 2), ("THB", 2), ("USD", 2),
    ];

    [Theory]
    [Fault("M-01")]
    [Fault("M-02")]
    [InlineData("USD", "1050", "10.50")]
    [InlineData("USD", "1", "0.01")]
    [InlineData("USD", "100", "1.00")]
    [InlineData("USD", "0", null)]
    [InlineData("USD", "99999999999999999", "999999999999999.99")]
    [InlineData("USD", "100000000000000000", null)]
    [InlineData("JPY", "500", "500")]
    [InlineData("JPY", "999999999999999", "999999999999999")]
    [InlineData("JPY", "1000000000000000", null)]
    [InlineData("HUF", "10000", "100")]
    [InlineData("HUF", "10045", null)]
    [InlineData("TWD", "80000", "800")]
    [InlineData("TWD", "80001", null)]
    [InlineData("KWD", "1000", null)]
    [InlineData("usd", "1000", null)]
    [InlineData("USD", "340282366920938463463374607431768211455", null)]
    public void Amount_is_said_exactly_or_not_at_all(string currency, string minorUnits, string? value)
    {
        bool isSaid = PayPalAmounts.TryToPayPal(UInt128.Parse(minorUnits, CultureInfo.InvariantCulture), currency, out string said, out string? refusal);

        Assert.Equal(value, isSaid ? said : null);
        Assert.Equal(isSaid, refusal is null);
    }

    [Fact]
    [Fault("M-01")]
    public void Every_currency_goes_there_and_back_as_an_oracle_of_decimals_says()
    {
        UInt128[] amounts = [1, 9, 10, 99, 100, 101, 1_000, 12_340, 1_234_500, 99_999_999_999_900];
        foreach ((string code, int decimals) in Table)
        {
            int iso = Assets.Get(code).Scale;
            foreach (UInt128 minorUnits in amounts)
            {
                // A decimal is exact here: 28 digits are more than PayPal has.
                decimal exact = (decimal)minorUnits / (decimal)Math.Pow(10, iso);
                bool canBeSaid = decimal.Round(exact, decimals) == exact;
                Assert.Equal(canBeSaid, PayPalAmounts.TryToPayPal(minorUnits, code, out string said, out _));
                if (canBeSaid)
                {
                    Assert.Equal(exact.ToString("F" + decimals, CultureInfo.InvariantCulture), said);
                    Assert.True(PayPalAmounts.TryFromPayPal(said, code, out UInt128 back));
                    Assert.Equal(minorUnits, back);
                }
            }
        }
    }

    [Fact]
    public void Tables_of_the_connector_and_of_the_sandbox_are_the_providers()
    {
        Assert.Equal(Table.OrderBy(row => row.Code), PayPalAmounts.All.Select(row => (row.Code, row.PayPal)).OrderBy(row => row.Code));
        Assert.All(PayPalAmounts.All, row => Assert.Equal(Assets.Get(row.Code).Scale, row.Iso));
        Assert.All(Table, row => Assert.Equal(row.Decimals, PayPalCurrencies.Of(row.Code)));
        Assert.Null(PayPalCurrencies.Of("KWD"));
    }

    [Theory]
    [InlineData("USD", "10.505")]
    [InlineData("USD", "-1.00")]
    [InlineData("USD", "1e2")]
    [InlineData("USD", "1,00")]
    [InlineData("USD", ".50")]
    [InlineData("USD", "1.")]
    [InlineData("USD", "")]
    [InlineData("USD", null)]
    [InlineData("USD", "1000000000000000.00")]
    [InlineData("JPY", "1.5")]
    [InlineData("XXX", "1.00")]
    [InlineData(null, "1.00")]
    public void Text_that_is_no_exact_amount_is_not_read(string? currency, string? value)
        => Assert.False(PayPalAmounts.TryFromPayPal(value, currency, out _));

    [Theory]
    [InlineData("USD", "10.500", 1050)]
    [InlineData("USD", "10", 1000)]
    [InlineData("JPY", "10.00", 10)]
    [InlineData("HUF", "100", 10_000)]
    public void Zeros_after_the_point_change_nothing(string currency, string value, int minorUnits)
    {
        Assert.True(PayPalAmounts.TryFromPayPal(value, currency, out UInt128 read));
        Assert.Equal((UInt128)minorUnits, read);
    }

    [Theory]
    [InlineData("123456789", 3421780262u)]
    [InlineData("", 0u)]
    public void Checksum_has_its_published_check_value(string text, uint expected)
    {
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(text);

        Assert.Equal((expected, expected), (Florin.Providers.PayPal.Crc32.Of(bytes), Florin.Sandbox.PayPal.Crc32.Of(bytes)));
    }
}
