using Florin.Client;
using Xunit;

namespace Florin.Tests.Client;

public sealed class AmountTests
{
    [Theory]
    [InlineData("10.50", 2, "1050")]
    [InlineData("0.01", 2, "1")]
    [InlineData("7", 0, "7")]
    [InlineData("7.00", 0, "7")]
    [InlineData("0.000000000000000001", 18, "1")]
    [InlineData("340282366920938463463.374607431768211455", 18, "340282366920938463463374607431768211455")]
    public void An_amount_is_its_smallest_units_exactly(string text, int decimals, string minorUnits)
    {
        Amount amount = Amount.Parse(text);
        Assert.Equal(UInt128.Parse(minorUnits), amount.ToMinorUnits(decimals));
        Assert.Equal(amount, Amount.FromMinorUnits(UInt128.Parse(minorUnits), decimals));
        Assert.Equal(amount.GetHashCode(), Amount.FromMinorUnits(UInt128.Parse(minorUnits), decimals).GetHashCode());
        Assert.Equal(text, amount.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1e3")]
    [InlineData("1,000")]
    [InlineData(".5")]
    [InlineData("5.")]
    [InlineData("01")]
    [InlineData(" 1")]
    [InlineData("1.1.1")]
    [InlineData("١")]
    [InlineData("0.0000000000000000001")]
    public void What_is_no_amount_is_refused(string text) => Assert.False(Amount.TryParse(text, out _));

    [Fact]
    public void Nothing_is_rounded_and_nothing_wraps()
    {
        Assert.Throws<FormatException>(() => Amount.Parse("0.005").ToMinorUnits(2));
        Assert.Throws<OverflowException>(() => Amount.Parse("340282366920938463463.374607431768211456").ToMinorUnits(18));
        Assert.True(Amount.Parse("9.99") < Amount.Parse("10"));
        Assert.Equal(Amount.Parse("10.0"), Amount.Parse("10"));
        Assert.Equal(default, Amount.Parse("0.00"));
    }
}
