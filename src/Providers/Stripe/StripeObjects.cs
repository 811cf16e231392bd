using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.Stripe;

/// <summary>Reads Stripe's objects into the port's. Null means: not such an object, or one whose money cannot be read exactly.</summary>
internal static class StripeObjects
{
    /// <summary>The metadata key under which our reference is kept at Stripe.</summary>
    public const string ReferenceKey = "florin_reference";

    public const string CardType = "card";
    public const string BankAccountType = "us_bank_account";

    public static string? CustomerId(JsonElement json) => Is(json, "customer") && json.Flag("deleted") != true ? json.Text("id") : null;

    public static string? Reference(JsonElement json) => json.Object("metadata")?.Text(ReferenceKey);

    public static ProviderPaymentMethod? PaymentMethod(JsonElement json)
    {
        if (!Is(json, "payment_method") || json.Text("id") is not { } id)
        {
            return null;
        }

        string? type = json.Text("type");
        JsonElement detail = type is null ? default : json.Object(type) ?? default;
        return type switch
        {
            CardType => new(id, PaymentMethodKind.Card, detail.Text("brand"), detail.Text("last4"), BankName: null, detail.Text("fingerprint")),
            BankAccountType => new(id, PaymentMethodKind.BankAccount, Brand: null, detail.Text("last4"), detail.Text("bank_name"), detail.Text("fingerprint")),
            _ => null,
        };
    }

    public static ProviderPayment? Payment(JsonElement json)
    {
        if (!Is(json, "payment_intent")
            || json.Text("id") is not { } id
            || json.Text("status") is not { } status
            || Money(json, "amount") is not { } asked
            || Money(json, "amount_received", absent: 0) is not { } received)
        {
            return null;
        }

        JsonElement? error = json.Object("last_payment_error");
        return new ProviderPayment(
            id, PaymentStatus(status, error is not null), asked, received, Currency(json), Reference(json), FailureCode(error), status);
    }

    public static ProviderPayout? Payout(JsonElement json)
    {
        if (!Is(json, "payout") || json.Text("id") is not { } id || json.Text("status") is not { } status || Money(json, "amount") is not { } amount)
        {
            return null;
        }

        return new ProviderPayout(id, PayoutStatus(status), amount, Currency(json), Reference(json), json.Text("failure_code"), status);
    }

    /// <param name="body">The event's own text, as it is kept.</param>
    public static ProviderEvent? Event(JsonElement json, string body)
    {
        if (!Is(json, "event")
            || json.Text("id") is not { Length: > 0 } id
            || json.Text("type") is not { Length: > 0 } type
            || json.Flag("livemode") is not { } isLive
            || json.Integer("created") is not { } created
            || created < 0
            || created > DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            || json.Object("data")?.Object("object") is not { } subject)
        {
            return null;
        }

        return new ProviderEvent(
            id, type, subject.Text("id") ?? string.Empty, Reference(subject), isLive, DateTimeOffset.FromUnixTimeSeconds(created), body);
    }

    private static bool Is(JsonElement json, string name) => json.Text("object") == name;

    private static string Currency(JsonElement json) => json.Text("currency")?.ToUpperInvariant() ?? string.Empty;

    private static UInt128? Money(JsonElement json, string name, long? absent = null)
        => (json.Integer(name) ?? absent) is { } amount && StripeCurrencies.TryFromStripe(amount, Currency(json), out UInt128 minorUnits) ? minorUnits : null;

    private static string? FailureCode(JsonElement? error) => error is { } given ? given.Text("decline_code") ?? given.Text("code") : null;

    /// <summary>
    /// We create and confirm in one request and capture at once, so <c>requires_payment_method</c> with an error is an attempt that failed; without one
    /// nothing was tried yet. <c>requires_capture</c> is money held that we never asked to hold: not recognised, so that a person looks.
    /// </summary>
    private static ProviderPaymentStatus PaymentStatus(string status, bool hasFailed) => status switch
    {
        "succeeded" => ProviderPaymentStatus.Succeeded,
        "processing" => ProviderPaymentStatus.Processing,
        "canceled" => ProviderPaymentStatus.Failed,
        "requires_payment_method" => hasFailed ? ProviderPaymentStatus.Failed : ProviderPaymentStatus.RequiresAction,
        "requires_action" or "requires_confirmation" => ProviderPaymentStatus.RequiresAction,
        _ => ProviderPaymentStatus.Unrecognised,
    };

    private static ProviderPayoutStatus PayoutStatus(string status) => status switch
    {
        "pending" => ProviderPayoutStatus.Pending,
        "in_transit" => ProviderPayoutStatus.InTransit,
        "paid" => ProviderPayoutStatus.Paid,
        "failed" => ProviderPayoutStatus.Failed,
        "canceled" => ProviderPayoutStatus.Canceled,
        _ => ProviderPayoutStatus.Unrecognised,
    };
}
