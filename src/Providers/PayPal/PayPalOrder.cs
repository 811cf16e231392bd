using System.Collections.Immutable;
using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.PayPal;

/// <summary>An authorisation, capture or refund of an order.</summary>
/// <param name="Reason">Why it is not simply done, or null.</param>
internal sealed record PayPalPart(
    string Id, string Status, UInt128 MinorUnits, string Currency, string? CustomId, string? Reason, DateTimeOffset? ExpiresAt)
{
    public bool IsPending => Status == "PENDING";

    /// <summary>Of a refund: the capture that it gives back, where PayPal names it.</summary>
    public string? CaptureId { get; init; }

    /// <summary>A capture that brought nothing.</summary>
    public bool IsFailed => Status is "DECLINED" or "FAILED" or "DENIED";

    /// <summary>A capture that brought its money, whatever was given back since.</summary>
    public bool IsTaken => Status is "COMPLETED" or "PARTIALLY_REFUNDED" or "REFUNDED";

    public static PayPalPart? Read(JsonElement json)
        => json.Text("id") is { Length: > 0 } id && json.Text("status") is { Length: > 0 } status && PayPalAmounts.Read(json.Object("amount")) is { } amount
            ? new PayPalPart(
                id,
                status,
                amount.MinorUnits,
                amount.Currency,
                json.Text("custom_id"),
                json.Object("status_details")?.Text("reason"),
                json.Time("expiration_time"))
            {
                CaptureId = PayPalRefunds.CaptureOf(json),
            }
            : null;
}

/// <summary>An order with all that was paid by it: what the port calls a payment. One purchase unit, one currency.</summary>
internal sealed record PayPalOrder(
    string Id,
    string Status,
    UInt128 MinorUnits,
    string Currency,
    string? CustomId,
    ImmutableArray<PayPalPart> Authorizations,
    ImmutableArray<PayPalPart> Captures,
    ImmutableArray<PayPalPart> Refunds)
{
    /// <summary>A reauthorisation adds one; the last is the one that counts.</summary>
    public PayPalPart? Authorization => Authorizations.IsEmpty ? null : Authorizations[^1];

    /// <summary>Where the payer approves it, or null.</summary>
    public string? ApprovalUrl { get; init; }

    public bool HasPayments => !Authorizations.IsEmpty || !Captures.IsEmpty;

    /// <summary>Approved by the payer or by a stored agreement, and not charged yet: nothing is taken unless we ask for it.</summary>
    public bool IsToBeExecuted => !HasPayments && Status is "APPROVED";

    /// <returns>Null when it is no order, or its money cannot be read exactly.</returns>
    public static PayPalOrder? Read(JsonElement json)
    {
        JsonElement purchase = json.Objects("purchase_units").FirstOrDefault();
        if (json.Text("id") is not { Length: > 0 } id || json.Text("status") is not { Length: > 0 } status
            || PayPalAmounts.Read(purchase.Object("amount")) is not { } amount)
        {
            return null;
        }

        JsonElement payments = purchase.Object("payments") ?? default;
        return Parts(payments, "authorizations", amount.Currency) is { } authorizations
            && Parts(payments, "captures", amount.Currency) is { } captures
            && Parts(payments, "refunds", amount.Currency) is { } refunds
                ? new PayPalOrder(id, status, amount.MinorUnits, amount.Currency, purchase.Text("custom_id"), authorizations, captures, refunds)
                {
                    ApprovalUrl = ApprovalLink(json),
                }
                : null;
    }

    /// <summary>The link where a payer approves an order or a setup; null when there is none that a browser can be sent to.</summary>
    public static string? ApprovalLink(JsonElement json)
        => WebAddress.Of(json.Objects("links").FirstOrDefault(link => link.Text("rel") is "approve" or "payer-action").Text("href"));

    /// <summary>With a capture that was just made, or the newer state of one that is known.</summary>
    public PayPalOrder With(PayPalPart capture, bool isFinal)
    {
        PayPalPart? known = Captures.FirstOrDefault(item => item.Id == capture.Id);
        return this with
        {
            Captures = known is null ? Captures.Add(capture) : Captures.Replace(known, capture),
            Authorizations = Authorization is { } authorization
                ? Authorizations.Replace(authorization, authorization with { Status = isFinal ? "CAPTURED" : "PARTIALLY_CAPTURED" })
                : Authorizations,
        };
    }

    /// <summary>With an authorisation's newer state.</summary>
    public PayPalOrder With(PayPalPart authorization)
        => Authorizations.FirstOrDefault(item => item.Id == authorization.Id) is { } known ? this with { Authorizations = Authorizations.Replace(known, authorization) } : this;

    private static ImmutableArray<PayPalPart>? Parts(JsonElement payments, string name, string currency)
    {
        PayPalPart?[] parts = [.. payments.Objects(name).Select(PayPalPart.Read)];
        return parts.All(part => part?.Currency == currency) ? [.. parts.OfType<PayPalPart>()] : null;
    }
}
