using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.Stripe;

/// <summary>Reads Stripe's objects into the acquirer's. Null means: not such an object, or one whose money cannot be read exactly.</summary>
internal static class StripeAcquirerObjects
{
    /// <summary>Where the charge is put into the payment; what was refunded stands only there.</summary>
    private const string Charge = "latest_charge";

    /// <summary>Asks for the payment together with its charge.</summary>
    /// <param name="prefix"><c>data.</c> in a list.</param>
    public static StripeForm WithCharge(StripeForm form, string prefix = "") => form.AddItem("expand", prefix + Charge);

    public static AcquirerPayment? Payment(JsonElement json)
    {
        if (json.Text("object") != "payment_intent"
            || json.Text("id") is not { } id
            || json.Text("status") is not { } status
            || Money(json, json, "amount") is not { } asked
            || Money(json, json, "amount_capturable", absent: 0) is not { } capturable
            || Money(json, json, "amount_received", absent: 0) is not { } received
            || Refunded(json, capturable) is not { } refunded)
        {
            return null;
        }

        JsonElement? error = json.Object("last_payment_error");
        return new AcquirerPayment(
            id,
            PaymentStatus(status, error is not null),
            asked,
            capturable,
            received,
            refunded,
            Currency(json),
            [],
            ExpiresAt: null,
            StripeObjects.Reference(json),
            error is { } given ? given.Text("decline_code") ?? given.Text("code") : null,
            status)
        {
            NextActionUrl = WebAddress.Of(json.Object("next_action")?.Object("redirect_to_url")?.Text("url")),
        };
    }

    public static AcquirerRefund? Refund(JsonElement json) =>
        json.Text("object") == "refund" && json.Text("id") is { } id && json.Text("status") is { } status
            && Money(json, json, "amount") is { } amount && Id(json, "payment_intent") is { } payment
            ? new AcquirerRefund(id, payment, RefundStatus(status), amount, Currency(json), StripeObjects.Reference(json), json.Text("failure_reason"), status)
            : null;

    /// <param name="json">With its charge in place, which tells the currency of the payment.</param>
    public static AcquirerDispute? Dispute(JsonElement json) =>
        json.Text("object") == "dispute" && json.Text("id") is { } id && json.Text("status") is { } status
            && Money(json, json, "amount") is { } amount && Id(json, "payment_intent") is { } payment && StripeDisputeMoney.Fee(json) is { } fee
            ? new AcquirerDispute(id, payment, DisputeStatus(status), amount, fee, Currency(json), json.Text("reason") ?? "general", DueBy(json), status)
            {
                Exchange = StripeDisputeMoney.Exchange(json, amount),
            }
            : null;

    private static string? Id(JsonElement json, string name) => json.Text(name) ?? json.Object(name)?.Text("id");

    private static string Currency(JsonElement json) => json.Text("currency")?.ToUpperInvariant() ?? string.Empty;

    /// <param name="json">The object that names the currency.</param>
    private static UInt128? Money(JsonElement json, JsonElement owner, string name, long? absent = null)
        => (owner.Integer(name) ?? absent) is { } amount && StripeCurrencies.TryFromStripe(amount, Currency(json), out UInt128 minorUnits) ? minorUnits : null;

    /// <summary>
    /// Stripe counts the part of an authorisation that was not captured as refunded; it was never taken, so it is none of ours. Zero without a charge;
    /// null when the charge is only named, for then it is not known.
    /// </summary>
    /// <param name="capturable">What is reserved still: neither captured nor given back.</param>
    private static UInt128? Refunded(JsonElement json, UInt128 capturable)
    {
        if (json.Text(Charge) is not null)
        {
            return null;
        }

        if (json.Object(Charge) is not { } charge || charge.Flag("captured") != true)
        {
            return UInt128.Zero;
        }

        return Money(json, charge, "amount") is { } amount && Money(json, charge, "amount_captured") is { } captured
            && Money(json, charge, "amount_refunded") is { } refunded
            && captured <= amount && capturable <= amount - captured && amount - captured - capturable <= refunded
            ? refunded - (amount - captured - capturable)
            : null;
    }

    private static DateTimeOffset? DueBy(JsonElement json) =>
        json.Object("evidence_details")?.Integer("due_by") is { } seconds && seconds >= 0 && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

    /// <summary>We create and confirm in one request, so <c>requires_payment_method</c> with an error is an attempt that failed.</summary>
    private static AcquirerPaymentStatus PaymentStatus(string status, bool hasFailed) => status switch
    {
        "succeeded" => AcquirerPaymentStatus.Captured,
        "requires_capture" => AcquirerPaymentStatus.Authorized,
        "processing" => AcquirerPaymentStatus.Processing,
        "canceled" => AcquirerPaymentStatus.Voided,
        "requires_payment_method" => hasFailed ? AcquirerPaymentStatus.Failed : AcquirerPaymentStatus.RequiresAction,
        "requires_action" or "requires_confirmation" => AcquirerPaymentStatus.RequiresAction,
        _ => AcquirerPaymentStatus.Unrecognised,
    };

    /// <summary><c>requires_action</c> waits for the payer, and the money has left our balance: pending.</summary>
    private static AcquirerRefundStatus RefundStatus(string status) => status switch
    {
        "pending" or "requires_action" => AcquirerRefundStatus.Pending,
        "succeeded" => AcquirerRefundStatus.Succeeded,
        "failed" or "canceled" => AcquirerRefundStatus.Failed,
        _ => AcquirerRefundStatus.Unrecognised,
    };

    /// <summary>An inquiry that is closed took nothing: won.</summary>
    private static AcquirerDisputeStatus DisputeStatus(string status) => status switch
    {
        "warning_needs_response" or "warning_under_review" => AcquirerDisputeStatus.Inquiry,
        "needs_response" => AcquirerDisputeStatus.NeedsResponse,
        "under_review" => AcquirerDisputeStatus.UnderReview,
        "won" or "warning_closed" => AcquirerDisputeStatus.Won,
        "lost" => AcquirerDisputeStatus.Lost,
        _ => AcquirerDisputeStatus.Unrecognised,
    };
}
