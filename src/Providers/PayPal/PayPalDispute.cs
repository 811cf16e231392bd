using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.PayPal;

/// <summary>A dispute as PayPal tells it, before its payment is known.</summary>
/// <param name="CaptureId">PayPal calls it the seller's transaction id.</param>
/// <param name="IsTaken">Whether its money has been taken from us and not given back.</param>
internal sealed record PayPalDispute(
    string Id,
    string CaptureId,
    string Status,
    string? Stage,
    string? Outcome,
    bool IsTaken,
    UInt128 MinorUnits,
    string Currency,
    string Reason,
    DateTimeOffset? DueBy)
{
    public static PayPalDispute? Read(JsonElement json)
        => json.Text("dispute_id") is { Length: > 0 } id
            && json.Text("status") is { Length: > 0 } status
            && json.Objects("disputed_transactions").FirstOrDefault().Text("seller_transaction_id") is { Length: > 0 } capture
            && PayPalAmounts.Read(json.Object("dispute_amount")) is { } amount
                ? new PayPalDispute(
                    id,
                    capture,
                    status,
                    json.Text("dispute_life_cycle_stage"),
                    json.Object("dispute_outcome")?.Text("outcome_code"),
                    Taken(json),
                    amount.MinorUnits,
                    amount.Currency,
                    json.Text("reason") ?? "OTHER",
                    json.Time("seller_response_due_date"))
                : null;

    public AcquirerDispute ToDispute(string paymentId)
        => new(Id, paymentId, State(), MinorUnits, FeeMinorUnits: 0, Currency, Reason, DueBy, Outcome is null ? Status : $"{Status}:{Outcome}");

    /// <summary>Who has the money is told by its movements, not by the stage: PayPal may hold it in an inquiry already.</summary>
    private AcquirerDisputeStatus State() => Status switch
    {
        "RESOLVED" => Outcome switch
        {
            "RESOLVED_SELLER_FAVOUR" or "RESOLVED_WITH_PAYOUT" or "CANCELED_BY_BUYER" or "DENIED" => AcquirerDisputeStatus.Won,
            "RESOLVED_BUYER_FAVOUR" or "ACCEPTED" => AcquirerDisputeStatus.Lost,
            _ => AcquirerDisputeStatus.Unrecognised,
        },
        "OPEN" or "WAITING_FOR_SELLER_RESPONSE" or "WAITING_FOR_BUYER_RESPONSE" or "UNDER_REVIEW" when Stage == "INQUIRY" && !IsTaken
            => AcquirerDisputeStatus.Inquiry,
        "OPEN" or "WAITING_FOR_SELLER_RESPONSE" => AcquirerDisputeStatus.NeedsResponse,
        "WAITING_FOR_BUYER_RESPONSE" or "UNDER_REVIEW" => AcquirerDisputeStatus.UnderReview,
        _ => AcquirerDisputeStatus.Unrecognised,
    };

    private static bool Taken(JsonElement json)
        => json.Objects("money_movements").Where(move => move.Text("affected_party") == "SELLER").Sum(move => move.Text("type") switch { "DEBIT" => 1, "CREDIT" => -1, _ => 0 }) > 0;
}
