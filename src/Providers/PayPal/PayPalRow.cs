using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.PayPal;

/// <summary>One movement of the balance, as the transaction search tells it.</summary>
/// <param name="Id">PayPal's transaction id: of a capture or refund the id that its API has.</param>
/// <param name="Code">The event code: <c>T0006</c>.</param>
/// <param name="Status"><c>S</c> done, <c>V</c> done and taken back later, <c>F</c> done and given back in part later, <c>P</c> pending, <c>D</c> denied.</param>
/// <param name="At">When it was initiated.</param>
/// <param name="Gross">Signed smallest units by ISO 4217: above zero is money for us.</param>
/// <param name="Fee">Signed: above zero is what PayPal keeps.</param>
/// <param name="Reference">The transaction that it is about, or null.</param>
/// <param name="Custom">Our reference, or null.</param>
internal sealed record PayPalRow(
    string Id, string Code, string Status, DateTimeOffset At, Int128 Gross, Int128 Fee, string Currency, string? Reference, string? Custom)
{
    /// <summary>A general withdrawal, the automatic sweep, a withdrawal by hand. Source: developer.paypal.com transaction event codes.</summary>
    public static readonly IReadOnlyList<string> Withdrawals = ["T0400", "T0401", "T0403"];

    /// <summary>A withdrawal that came back.</summary>
    public const string WithdrawalReturned = "T1101";

    public bool IsWithdrawal => Withdrawals.Contains(Code) && Gross < 0;

    /// <summary>Whether the balance moved. What was taken back or given back later has rows of its own for that.</summary>
    public bool IsDone => Status is "S" or "V" or "F";

    /// <returns><see langword="false"/> when it cannot be read. A row of a currency that we cannot count is no row: it is of another balance.</returns>
    public static bool TryRead(JsonElement item, out PayPalRow? row)
    {
        row = null;
        if (item.Object("transaction_info") is not { } info || info.Object("transaction_amount")?.Text("currency_code") is not { } currency)
        {
            return false;
        }

        if (!PayPalAmounts.IsKnown(currency))
        {
            return true;
        }

        (Int128 Amount, string Currency)? fee = info.Object("fee_amount") is { } taken ? PayPalAmounts.ReadSigned(taken) : (0, currency);
        if (info.Text("transaction_id") is not { Length: > 0 } id || info.Text("transaction_event_code") is not { Length: >= 3 } code
            || info.Text("transaction_status") is not { } status || info.Time("transaction_initiation_date") is not { } at
            || PayPalAmounts.ReadSigned(info.Object("transaction_amount")) is not { } amount || fee is not { } kept || kept.Currency != currency)
        {
            return false;
        }

        row = new PayPalRow(
            id, code, status, at.ToUniversalTime(), amount.MinorUnits, -kept.Amount, currency, info.Text("paypal_reference_id"), info.Text("custom_field"));
        return true;
    }

    /// <summary>The batch that a withdrawal is.</summary>
    public SettlementBatch ToBatch(SettlementBatchStatus status) => new(Id, status, -Gross, Currency, $"{Code}:{Status}");

    /// <returns><see langword="null"/> for a withdrawal: it is the batch and no line. What it cost is one.</returns>
    public SettlementLine? ToLine()
    {
        if (IsWithdrawal)
        {
            return Fee == 0 ? null : new SettlementLine($"{Id}:fee", SettlementLineKind.Fee, Id, null, null, -Fee, 0, Currency, Code) { At = At };
        }

        SettlementLineKind kind = Kind();
        string source = kind == SettlementLineKind.Payment ? Id : Reference ?? Id;
        return new SettlementLine(Id, kind, source, null, Custom, Gross, Fee, Currency, Code) { At = At };
    }

    /// <remarks>
    /// The completion of a chargeback (T1106) is told like a dispute: what a capture that was taken back means for its merchant is decided by the capture and by
    /// its dispute, which are read, and not a second time by this row.
    /// </remarks>
    private SettlementLineKind Kind() => (Code[..3], Code) switch
    {
        (_, WithdrawalReturned) => SettlementLineKind.BatchReturned,
        (_, "T1108" or "T1109") or ("T01", _) => SettlementLineKind.Fee,
        (_, "T1107") => Gross < 0 ? SettlementLineKind.Refund : SettlementLineKind.RefundReturned,
        (_, "T1100") when Gross > 0 => SettlementLineKind.RefundReturned,
        (_, "T1106" or "T1110" or "T1111") or ("T12", _) => Gross < 0 ? SettlementLineKind.Dispute : SettlementLineKind.DisputeReversal,
        (_, "T1105") or ("T15" or "T21", _) => SettlementLineKind.Withheld,
        (_, "T1114" or "T1115") => SettlementLineKind.Payout,
        (_, "T0001" or "T0015") => Gross < 0 ? SettlementLineKind.Payout : SettlementLineKind.Other,
        ("T00", _) when Gross > 0 => SettlementLineKind.Payment,
        _ => SettlementLineKind.Other,
    };
}
