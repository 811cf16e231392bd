using Florin.Ledger;

namespace Florin.Payments.Subscriptions.Plans;

/// <summary>What a part of a period costs.</summary>
/// <remarks>
/// Rounding: half to even, so that over many changes neither side gains. A change credits the old plan's share of what is left and charges the new
/// one's, both by this function of the same instant: what is paid for a plan is the difference of two of its shares. So any number of changes within
/// a period adds up to the exact price of a plan that was never left, and there is no drift.
/// </remarks>
internal static class Proration
{
    /// <param name="amount">Of the whole period, in smallest units; at most <see cref="PlanTerms.MinorUnitsMax"/>.</param>
    /// <param name="left">What is left of the period; 0 to <paramref name="period"/>.</param>
    public static UInt128 Share(UInt128 amount, TimeSpan left, TimeSpan period)
    {
        Invariant.Assert(amount <= PlanTerms.MinorUnitsMax && left >= TimeSpan.Zero && left <= period && period > TimeSpan.Zero);
        UInt128 total = (UInt128)(period.Ticks / TimeSpan.TicksPerSecond);
        UInt128 product = checked(amount * (UInt128)(left.Ticks / TimeSpan.TicksPerSecond));
        (UInt128 whole, UInt128 rest) = UInt128.DivRem(product, total);
        UInt128 twice = checked(rest * 2);
        bool isUp = twice > total || (twice == total && UInt128.IsOddInteger(whole));
        return isUp ? checked(whole + 1) : whole;
    }
}
