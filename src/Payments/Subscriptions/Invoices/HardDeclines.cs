using Florin.Flows;

namespace Florin.Payments.Subscriptions.Invoices;

/// <summary>Declines that the same payment source will not get over: schemes forbid to try it again, and charge for it.</summary>
/// <remarks>Source: Stripe, "Decline codes"; Visa's category 1 of declines ("issuer will never approve"), Mastercard's merchant advice code 03.</remarks>
internal static class HardDeclines
{
    private static readonly HashSet<string> Codes =
    [
        "stolen_card", "lost_card", "pickup_card", "restricted_card", "expired_card", "incorrect_number", "invalid_number", "invalid_account",
        "invalid_expiry_month", "invalid_expiry_year", "invalid_cvc", "incorrect_cvc", "fraudulent", "card_not_supported", "currency_not_supported",
        "revocation_of_all_authorizations", "revocation_of_authorization", "stop_payment_order", "no_such_payment_method", "resource_missing",
        "payment_method_unactivated", "bank_account_unusable", "debit_not_authorized", FailureCodes.AuthenticationRequired,
    ];

    public static bool Contains(string? code) => code is not null && Codes.Contains(code);
}
