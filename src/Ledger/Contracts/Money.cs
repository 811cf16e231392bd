namespace Florin.Ledger;

/// <summary>An amount of one asset.</summary>
/// <remarks>
/// Units: smallest units of <see cref="Asset"/> (USD: cent, ETH: wei); never a float. Not signed: direction is given by which account is
/// debited. Two assets never meet in one operation.
/// </remarks>
public readonly record struct Money(UInt128 MinorUnits, Asset Asset)
{
    /// <summary>The amount in major units, exact, with as many decimals as the asset has: <c>10.50</c>.</summary>
    public string ToMajorUnits() => MoneyText.Format(MinorUnits, Asset.Scale);

    public override string ToString() => $"{ToMajorUnits()} {Asset.Code}";
}
