using System.Text.Json.Serialization;
using Florin.Flows;
using Florin.Ledger;
using Florin.Providers;

namespace Florin.Payments.Disputes;

/// <summary>
/// What a dispute remembers that is in another currency than its payment (fault R-08). The merchant answers for the disputed part at the rate of the payment;
/// what the provider moves at other rates is the house's gain or loss. All amounts in smallest units, as text.
/// </summary>
internal sealed record DisputeExchangeFacts
{
    /// <summary>What is disputed, in the payer's currency.</summary>
    public required string Amount { get; init; }

    public required string Asset { get; init; }

    /// <summary>What the provider withdrew for the present leg, in the payment's currency.</summary>
    public string Leg { get; init; } = "0";

    /// <summary>What it withdrew for all legs that are posted.</summary>
    public string Withdrawn { get; init; } = "0";

    /// <summary>What it gave back for all legs that are posted.</summary>
    public string Reinstated { get; init; } = "0";

    [JsonIgnore]
    public Money Disputed => FlowFacts.Amount(Amount, Asset);

    /// <summary>With the leg that the provider has opened, or <see langword="null"/> when it does not say yet what it withdrew.</summary>
    public DisputeExchangeFacts? Opened(DisputeExchange now) => now.WithdrawnMinorUnits > Units(Withdrawn, now)
        ? this with { Leg = FlowFacts.AmountText(now.WithdrawnMinorUnits - Units(Withdrawn, now)), Withdrawn = FlowFacts.AmountText(now.WithdrawnMinorUnits) }
        : null;

    /// <summary>With what the provider gave back, or <see langword="null"/> when it does not say yet what that was.</summary>
    public DisputeExchangeFacts? Regained(DisputeExchange now, out UInt128 regained)
    {
        regained = now.ReinstatedMinorUnits > Units(Reinstated, now) ? now.ReinstatedMinorUnits - Units(Reinstated, now) : UInt128.Zero;
        return regained > 0 ? this with { Reinstated = FlowFacts.AmountText(now.ReinstatedMinorUnits) } : null;
    }

    private static UInt128 Units(string text, DisputeExchange now) => FlowFacts.Amount(text, now.Currency).MinorUnits;
}
