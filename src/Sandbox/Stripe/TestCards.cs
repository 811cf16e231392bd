using System.Collections.Frozen;

namespace Florin.Sandbox.Stripe;

/// <summary>What an attempt to charge a card comes to.</summary>
internal enum CardScript
{
    Succeeds = 1,
    Declined = 2,

    /// <summary>The payer must authenticate, always.</summary>
    NeedsAction = 3,

    /// <summary>The payer must authenticate, and is declined all the same.</summary>
    NeedsActionThenDeclined = 4,

    /// <summary>The payer must authenticate, unless the card was set up for later use.</summary>
    NeedsActionUnlessSetUp = 5,

    /// <summary>Stopped by the provider's own risk rules.</summary>
    Blocked = 6,
}

/// <summary>How a refund to a card ends.</summary>
internal enum RefundScript
{
    Succeeds = 1,
    PendingThenSucceeds = 2,
    SucceedsThenFails = 3,
}

/// <summary>A documented test card. Source: docs.stripe.com/testing.</summary>
/// <param name="Token">The payment method that stands for it (<c>pm_card_visa</c>).</param>
/// <param name="Code">The error code of a decline.</param>
/// <param name="DeclineCode">The issuer's reason, with <c>card_declined</c>.</param>
internal sealed record TestCard(string Token, string Number, CardScript Script, string? Code = null, string? DeclineCode = null)
{
    public string Brand { get; init; } = "visa";

    public string Funding { get; init; } = "credit";

    public string RiskLevel { get; init; } = "normal";

    public RefundScript Refund { get; init; } = RefundScript.Succeeds;

    /// <summary>The reason of the dispute that follows a charge, or <see langword="null"/>.</summary>
    public string? Dispute { get; init; }

    /// <summary>The dispute is only an inquiry: no money moves.</summary>
    public bool IsInquiry { get; init; }

    /// <summary>The money is available at once.</summary>
    public bool BypassesPending { get; init; }

    /// <summary>Attaching works, charging does not.</summary>
    public bool AttachesAlways { get; init; }
}

/// <summary>The test cards by token and by number.</summary>
internal static class TestCards
{
    private static readonly TestCard[] All =
    [
        new("pm_card_visa", "4242424242424242", CardScript.Succeeds),
        new("pm_card_visa_debit", "4000056655665556", CardScript.Succeeds) { Funding = "debit" },
        new("pm_card_mastercard", "5555555555554444", CardScript.Succeeds) { Brand = "mastercard" },
        new("pm_card_amex", "378282246310005", CardScript.Succeeds) { Brand = "amex" },
        new("pm_card_discover", "6011111111111117", CardScript.Succeeds) { Brand = "discover" },
        new("pm_card_diners", "3056930009020004", CardScript.Succeeds) { Brand = "diners" },
        new("pm_card_jcb", "3566002020360505", CardScript.Succeeds) { Brand = "jcb" },
        new("pm_card_unionpay", "6200000000000005", CardScript.Succeeds) { Brand = "unionpay" },
        Declined("pm_card_visa_chargeDeclined", "4000000000000002", "card_declined", "generic_decline"),
        Declined("pm_card_visa_chargeDeclinedInsufficientFunds", "4000000000009995", "card_declined", "insufficient_funds"),
        Declined("pm_card_visa_chargeDeclinedLostCard", "4000000000009987", "card_declined", "lost_card"),
        Declined("pm_card_visa_chargeDeclinedStolenCard", "4000000000009979", "card_declined", "stolen_card"),
        Declined("pm_card_chargeDeclinedExpiredCard", "4000000000000069", "expired_card"),
        Declined("pm_card_chargeDeclinedIncorrectCvc", "4000000000000127", "incorrect_cvc"),
        Declined("pm_card_chargeDeclinedProcessingError", "4000000000000119", "processing_error"),
        Declined("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "4000000000006975", "card_declined", "card_velocity_exceeded"),
        Declined("pm_card_chargeCustomerFail", "4000000000000341", "card_declined", "generic_decline") with { AttachesAlways = true },
        new("pm_card_authenticationRequired", "4000002760003184", CardScript.NeedsAction),
        new("pm_card_authenticationRequiredOnSetup", "4000002500003155", CardScript.NeedsActionUnlessSetUp),
        new("pm_card_threeDSecure2Required", "4000000000003220", CardScript.NeedsAction),
        new("pm_card_threeDSecureRequiredChargeDeclined", "4000008400001629", CardScript.NeedsActionThenDeclined, "card_declined", "generic_decline"),
        new("pm_card_bypassPending", "4000000000000077", CardScript.Succeeds) { BypassesPending = true },
        new("pm_card_createDispute", "4000000000000259", CardScript.Succeeds) { Dispute = "fraudulent" },
        new("pm_card_createDisputeProductNotReceived", "4000000000002685", CardScript.Succeeds) { Dispute = "product_not_received" },
        new("pm_card_createDisputeInquiry", "4000000000001976", CardScript.Succeeds) { Dispute = "general", IsInquiry = true },
        new("pm_card_createIssuerFraudRecord", "4000000000005423", CardScript.Succeeds) { RiskLevel = "elevated" },
        new("pm_card_radarBlock", "4100000000000019", CardScript.Blocked, "card_declined", "fraudulent") { RiskLevel = "highest" },
        new("pm_card_riskLevelHighest", "4000000000004954", CardScript.Blocked, "card_declined", "fraudulent") { RiskLevel = "highest" },
        new("pm_card_riskLevelElevated", "4000000000009235", CardScript.Succeeds) { RiskLevel = "elevated" },
        new("pm_card_pendingRefund", "4000000000007726", CardScript.Succeeds) { Refund = RefundScript.PendingThenSucceeds },
        new("pm_card_refundFail", "4000000000005126", CardScript.Succeeds) { Refund = RefundScript.SucceedsThenFails },
    ];

    private static readonly FrozenDictionary<string, string> Aliases = new Dictionary<string, string>
    {
        ["pm_card_chargeDeclined"] = "pm_card_visa_chargeDeclined",
        ["pm_card_chargeDeclinedInsufficientFunds"] = "pm_card_visa_chargeDeclinedInsufficientFunds",
        ["pm_card_chargeDeclinedLostCard"] = "pm_card_visa_chargeDeclinedLostCard",
        ["pm_card_chargeDeclinedStolenCard"] = "pm_card_visa_chargeDeclinedStolenCard",
        ["pm_card_chargeDeclinedVelocityLimitExceeded"] = "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
        ["pm_card_us"] = "pm_card_visa",
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, TestCard> ByToken = All.ToFrozenDictionary(card => card.Token);

    private static readonly FrozenDictionary<string, TestCard> ByNumber = All.ToFrozenDictionary(card => card.Number);

    public static IEnumerable<string> Tokens => [.. ByToken.Keys, .. Aliases.Keys];

    public static TestCard? OfToken(string token) => ByToken.GetValueOrDefault(Aliases.GetValueOrDefault(token, token));

    public static TestCard? OfNumber(string number) => ByNumber.GetValueOrDefault(number);

    private static TestCard Declined(string token, string number, string code, string? declineCode = null) =>
        new(token, number, CardScript.Declined, code, declineCode);
}
