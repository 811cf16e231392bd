using Florin.Ledger;
using Florin.Payments;

namespace Florin.Server.Endpoints.Settlements;

/// <param name="BatchId">The provider's id of the transfer.</param>
/// <param name="Status"><c>pending</c>, <c>posting</c>, <c>settled</c>, <c>returned</c> or <c>duplicate</c>.</param>
/// <param name="Amount">What the bank gets: a decimal string in major units, with a minus sign when it is debited.</param>
/// <param name="Lines">Lines that came with it for the first time.</param>
/// <param name="Duplicates">Lines that came before, with another transfer; they are not posted again.</param>
/// <param name="ParkedReason">Why it waits for a person.</param>
internal sealed record SettlementResponse(
    Guid Id, string Provider, string BatchId, string Status, string Amount, string Currency, int Lines, int Duplicates, string? ParkedReason, DateTimeOffset NoticedAt)
{
    public static SettlementResponse Of(ProviderSettlement settlement) => new(
        settlement.Id,
        settlement.Provider,
        settlement.BatchId,
        settlement.Status,
        SignedAmount.Text(settlement.MinorUnits, settlement.Currency),
        settlement.Currency,
        settlement.Lines,
        settlement.Duplicates,
        settlement.ParkedReason,
        settlement.NoticedAt);
}

/// <param name="LineId">The provider's id of the line.</param>
/// <param name="Type"><c>payment</c>, <c>refund</c>, <c>refund_returned</c>, <c>dispute</c>, <c>dispute_reversal</c>, <c>fee</c>, <c>payment_reversal</c>, <c>batch_returned</c>, <c>payout</c>, <c>withheld</c>, <c>carried</c> or <c>other</c>.</param>
/// <param name="SourceId">The provider's id of what it is about.</param>
/// <param name="Gross">Signed: above zero is money for the house; so are the other amounts.</param>
/// <param name="Fee">What the provider kept.</param>
/// <param name="PaymentId">The payment or deposit that it belongs to.</param>
/// <param name="Difference">What was settled more than was captured.</param>
/// <param name="InSuspense">Nobody is named for it.</param>
internal sealed record SettlementLineResponse(
    int Number, string LineId, string Type, string SourceId, string Gross, string Fee, string Currency, Guid? PaymentId, string Difference, bool InSuspense)
{
    public static SettlementLineResponse Of(SettlementEntry line) => new(
        line.Number,
        line.LineId,
        line.Type,
        line.SourceId,
        SignedAmount.Text(line.Gross, line.Currency),
        SignedAmount.Text(line.Fee, line.Currency),
        line.Currency,
        line.PaymentId,
        SignedAmount.Text(line.Difference, line.Currency),
        line.InSuspense);
}

/// <summary>Amounts that may be below zero.</summary>
internal static class SignedAmount
{
    public static string Text(Int128 minorUnits, string currency)
    {
        int scale = Assets.TryGet(currency, out Asset? asset) ? asset.Scale : 0;
        return minorUnits < 0 ? $"-{MoneyText.Format((UInt128)(-minorUnits), scale)}" : MoneyText.Format((UInt128)minorUnits, scale);
    }
}
