namespace Florin.Flows;

/// <summary>Failure codes of our own.</summary>
public static class FailureCodes
{
    public const string ProviderUnavailable = "provider_unavailable";
    public const string AuthenticationRequired = "authentication_required";

    /// <summary>The payer was asked to authenticate and did not in time; it was cancelled at the provider.</summary>
    public const string ActionExpired = "action_expired";

    /// <summary>The answer was lost and the provider, asked after the settle window, has no such object.</summary>
    public const string NeverArrived = "never_arrived";
    public const string Canceled = "canceled";
    public const string Declined = "declined";

    /// <summary>A sentence for the user.</summary>
    public static string Describe(string code) => code switch
    {
        ProviderUnavailable => "The payment provider could not be reached; nothing was taken.",
        AuthenticationRequired => "The bank asks the payer to authenticate, which this payment method needs every time; nothing was taken.",
        ActionExpired => "The payer did not authenticate in time; nothing was taken.",
        NeverArrived => "The payment provider has no record of it; nothing was taken.",
        Canceled => "It was cancelled before it was sent.",
        "insufficient_funds" => "The account does not have enough funds.",
        "expired_card" => "The card has expired.",
        _ => "The payment provider declined it.",
    };
}
