using Florin.Ledger;

namespace Florin.Payments;

/// <summary>What the house keeps of a merchant's payments.</summary>
/// <param name="BasisPoints">Hundredths of a percent of what is captured.</param>
/// <param name="Fixed">Smallest units of the payment's currency, once, with its first capture.</param>
/// <remarks>
/// Rounding: the share is rounded half to even, so that over many payments neither side gains; the fee never exceeds what is captured. A refund gives
/// back its share of the fee rounded down: the rest of a cent stays with the house, and the parts never add up to more than the fee.
/// </remarks>
public sealed record MerchantFees(int BasisPoints, int Fixed)
{
    public const int BasisPointsMax = 10_000;

    /// <summary>The fee of one capture, in smallest units.</summary>
    /// <exception cref="OverflowException">More than 128 bits hold.</exception>
    public UInt128 Of(UInt128 captured, bool isFirst)
    {
        UInt128 product = checked(captured * (UInt128)BasisPoints);
        (UInt128 whole, UInt128 rest) = UInt128.DivRem(product, BasisPointsMax);
        const uint half = BasisPointsMax / 2;
        bool isUp = rest > half || (rest == half && UInt128.IsOddInteger(whole));
        UInt128 fee = checked(whole + (isUp ? UInt128.One : UInt128.Zero) + (isFirst ? (UInt128)Fixed : UInt128.Zero));
        return UInt128.Min(fee, captured);
    }

    /// <summary>The part of a fee that a refund gives back, rounded down.</summary>
    public static UInt128 ShareOf(UInt128 fee, UInt128 refunded, UInt128 captured)
    {
        Invariant.Assert(refunded <= captured && fee <= captured && captured > 0);
        return checked(fee * refunded) / captured;
    }
}
