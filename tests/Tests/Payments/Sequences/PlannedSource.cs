namespace Florin.Tests.Payments.Sequences;

/// <summary>What a payment is paid with: a test card of Stripe's, or a vault id of PayPal's sandbox that says what will happen.</summary>
/// <param name="Name">As the API takes it; <see cref="Saved"/> stands for a payment token that was saved before.</param>
internal sealed record PlannedSource(string Provider, string Name, bool MayBeCapturedInParts)
{
    public const string Saved = "paypal:saved";

    /// <summary>Currencies that PayPal takes.</summary>
    private static readonly string[] PayPalCurrencies = ["USD", "EUR", "JPY", "HUF"];

    private static readonly string[] GoodCards = ["pm_card_visa", "pm_card_mastercard", "pm_card_bypassPending"];

    private static readonly string[] BadCards =
    [
        "pm_card_chargeDeclined", "pm_card_chargeDeclinedInsufficientFunds", "pm_card_chargeDeclinedExpiredCard", "pm_card_radarBlock",
        "pm_card_authenticationRequired",
    ];

    private static readonly string[] DisputedCards = ["pm_card_createDispute", "pm_card_createDisputeProductNotReceived", "pm_card_createDisputeInquiry"];

    private static readonly string[] RefundCards = ["pm_card_pendingRefund", "pm_card_refundFail"];

    private static readonly string[] GoodTokens = [Saved, "paypal:sandbox_ok", "sandbox_ok", "paypal:sandbox_approved"];

    private static readonly string[] BadTokens =
    [
        "paypal:sandbox_decline_INSTRUMENT_DECLINED", "paypal:sandbox_payer_action", "paypal:sandbox_capture_declined", "paypal:sandbox_authorization_denied",
        "paypal:sandbox_capture_pending_declined", "paypal:sandbox_capture_pending", "paypal:no_such_token",
    ];

    private static readonly string[] DisputedTokens = ["paypal:sandbox_dispute", "paypal:sandbox_dispute", "paypal:sandbox_inquiry"];

    private static readonly string[] RefundTokens = ["paypal:sandbox_refund_pending", "paypal:sandbox_refund_fails", "paypal:sandbox_refund_fails_late"];

    public static PlannedSource Draw(Random random, string currency)
    {
        bool isPayPal = PayPalCurrencies.Contains(currency) && random.Next(100) < 45;
        int kind = random.Next(100);
        string[] names = kind switch
        {
            < 55 => isPayPal ? GoodTokens : GoodCards,
            < 70 => isPayPal ? BadTokens : BadCards,
            < 88 => isPayPal ? DisputedTokens : DisputedCards,
            _ => isPayPal ? RefundTokens : RefundCards,
        };
        return new PlannedSource(
            isPayPal ? ProviderRecord.PayPal : ProviderRecord.Stripe, random.GetItems(names, 1)[0], MayBeCapturedInParts: kind is < 55 or >= 88);
    }

    /// <summary>One that pays, and nothing else.</summary>
    public static PlannedSource Good(Random random, string currency) => Draw(random, currency) is { Provider: ProviderRecord.PayPal } paypal
        ? paypal with { Name = "paypal:sandbox_ok" }
        : new PlannedSource(ProviderRecord.Stripe, "pm_card_visa", MayBeCapturedInParts: true);

    public override string ToString() => Name;
}
