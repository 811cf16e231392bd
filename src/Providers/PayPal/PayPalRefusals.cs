namespace Florin.Providers.PayPal;

/// <summary>Why we refuse a request before any of it leaves (fault U-12). The codes are stable.</summary>
internal static class PayPalRefusals
{
    public const string AmountZero = "local:amount_zero";
    public const string AmountTooLarge = "local:amount_too_large";
    public const string AmountNotRepresentable = "local:amount_not_representable";
    public const string UnsupportedCurrency = "local:unsupported_currency";
    public const string InvalidPaymentMethod = "local:invalid_payment_method";
    public const string InvalidSetup = "local:invalid_setup";
    public const string InvalidPayment = "local:invalid_payment";
    public const string InvalidCapture = "local:invalid_capture";
    public const string InvalidDispute = "local:invalid_dispute";
    public const string InvalidEvidence = "local:invalid_evidence";
    public const string InvalidDestination = "local:invalid_destination";
    public const string CaptureNotNamed = "local:capture_not_named";
    public const string NothingAuthorized = "local:nothing_authorized";
    public const string NowhereToReturn = "local:nowhere_to_return";

    /// <summary>What a person reads.</summary>
    public static string Message(string code) => code switch
    {
        AmountZero => "The amount is zero.",
        AmountTooLarge => "The amount is larger than the provider takes in one go.",
        AmountNotRepresentable => "The provider cannot move exactly this amount of the currency.",
        UnsupportedCurrency => "The provider does not take this currency.",
        InvalidPaymentMethod => "This is not the provider's id of a stored payment method.",
        InvalidSetup => "This is not the provider's id of a setup.",
        InvalidPayment => "This is not the provider's id of a payment.",
        InvalidCapture => "This is not the provider's id of a capture.",
        InvalidDispute => "This is not the provider's id of a dispute.",
        InvalidEvidence => "The evidence is empty, too long, or of a type that the provider does not have.",
        InvalidDestination => "This is not an account or e-mail address that the provider can pay to.",
        CaptureNotNamed => "The payment was captured more than once: the refund has to name the capture.",
        NothingAuthorized => "Nothing is reserved by this payment.",
        NowhereToReturn => "A payment that its payer approves needs the addresses that the payer returns to.",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
