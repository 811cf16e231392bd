namespace Florin.Ledger;

/// <summary>What an amount counts: a currency, a coin, or a token on one network.</summary>
/// <param name="Code">Upper-case letters, digits, <c>.</c>, <c>-</c> and <c>_</c>; 2 to 16 characters. ISO 4217 for money of states.</param>
/// <param name="Scale">How many decimal digits the smallest unit has: USD 2, JPY 0, USDC 6, ETH 18. Range 0 to 18.</param>
public sealed record Asset(string Code, int Scale)
{
    public override string ToString() => Code;
}
