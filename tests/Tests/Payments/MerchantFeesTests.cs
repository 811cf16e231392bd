using Florin.Payments;
using Xunit;

namespace Florin.Tests.Payments;

/// <summary>The fee's rounding rules, held against exact decimals.</summary>
public sealed class MerchantFeesTests
{
    [Theory]
    [InlineData(100_00, 290, 30, 3_20)]
    [InlineData(50, 100, 0, 0)]
    [InlineData(150, 100, 0, 2)]
    [InlineData(250, 100, 0, 2)]
    [InlineData(251, 100, 0, 3)]
    [InlineData(20, 290, 30, 20)]
    [InlineData(1, 0, 0, 0)]
    [InlineData(1_000, 10_000, 5, 1_000)]
    public void Fee_is_rounded_half_to_even_and_never_more_than_what_was_captured(ulong captured, int basisPoints, int amount, ulong fee) =>
        Assert.Equal((UInt128)fee, new MerchantFees(basisPoints, amount).Of(captured, isFirst: true));

    [Fact]
    public void Fixed_part_is_taken_once() => Assert.Equal((UInt128)290, new MerchantFees(290, 30).Of(100_00, isFirst: false));

    [Fact]
    public void Fee_agrees_with_exact_decimals_for_every_small_amount()
    {
        foreach (int basisPoints in (int[])[1, 25, 149, 290, 333, 9_999])
        {
            for (int captured = 1; captured <= 2_000; captured++)
            {
                decimal exact = decimal.Round(captured * (decimal)basisPoints / 10_000m, 0, MidpointRounding.ToEven);
                Assert.Equal((UInt128)decimal.Min(exact, captured), new MerchantFees(basisPoints, 0).Of((UInt128)captured, isFirst: true));
            }
        }
    }

    [Fact]
    [Fault("M-03")]
    public void What_goes_back_and_what_the_house_keeps_of_a_fee_are_the_fee_whatever_the_parts()
    {
        // 100.00 by three, the fee 3.20: 1.06 each, and 0.02 stay with the house.
        Assert.Equal([1_06, 1_06, 1_06], new ulong[] { 33_33, 33_33, 33_34 }.Select(part => (ulong)MerchantFees.ShareOf(3_20, part, 100_00)));

        Random random = new(3);
        for (int split = 0; split < 1_000; split++)
        {
            int captured = random.Next(1, 1_000_000);
            int fee = random.Next(0, captured + 1);
            decimal back = 0;
            decimal kept = 0;
            for (int left = captured; left > 0;)
            {
                int part = random.Next(1, left + 1);
                decimal exact = (decimal)fee * part / captured;
                decimal share = (decimal)MerchantFees.ShareOf((UInt128)fee, (UInt128)part, (UInt128)captured);
                Assert.Equal(decimal.Floor(exact), share);
                back += share;
                kept += exact - share;
                left -= part;
            }

            // The rests are fractions of a unit; together they are whole, and the house's.
            Assert.Equal(fee, back + decimal.Round(kept, 6));
        }
    }

    [Fact]
    [Fault("R-16")]
    public void Shares_of_partial_refunds_never_add_up_to_more_than_the_fee_and_miss_less_than_a_cent_each()
    {
        Random random = new(16);
        for (int round = 0; round < 2_000; round++)
        {
            int captured = random.Next(1, 100_000);
            int fee = random.Next(0, captured + 1);
            int left = captured;
            int parts = 0;
            UInt128 shares = 0;
            while (left > 0)
            {
                int part = random.Next(1, left + 1);
                shares += MerchantFees.ShareOf((UInt128)fee, (UInt128)part, (UInt128)captured);
                left -= part;
                parts++;
            }

            // What is missing stays with the house.
            Assert.InRange((int)shares, Math.Max(0, fee - parts + 1), fee);
        }

        Assert.Equal((UInt128)3_20, MerchantFees.ShareOf(3_20, 100_00, 100_00));
        Assert.Equal((UInt128)1_06, MerchantFees.ShareOf(3_20, 33_33, 100_00));
    }
}
