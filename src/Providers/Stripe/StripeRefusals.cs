namespace Florin.Providers.Stripe;

/// <summary>Why we refuse a request before any of it leaves (fault U-12). The codes are stable.</summary>
internal static class StripeRefusals
{
    public const string AmountZero = "local:amount_zero";
    public const string AmountTooLarge = "local:amount_too_large";
    public const string AmountNotRepresentable = "local:amount_not_representable";
    public const string UnsupportedCurrency = "local:unsupported_currency";
    public const string InvalidPaymentMethod = "local:invalid_payment_method";
    public const string InvalidCustomer = "local:invalid_customer";
    public const string InvalidDestination = "local:invalid_destination";
    public const string UnsupportedPaymentMethod = "local:unsupported_payment_method";
    public const string InvalidPayment = "local:invalid_payment";
    public const string InvalidEvidence = "local:invalid_evidence";

    /// <summary>What a person reads.</summary>
    public static string Message(string code) => code switch
    {
        AmountZero => "The amount is zero.",
        AmountTooLarge => "The amount is larger than the provider takes in one go.",
        AmountNotRepresentable => "The provider cannot move exactly this amount of the currency.",
        UnsupportedCurrency => "The provider does not take this currency for this payment method.",
        InvalidPaymentMethod => "This is not the provider's id of a payment method.",
        InvalidCustomer => "This is not the provider's id of a customer.",
        InvalidDestination => "This is not the provider's id of a bank account or card.",
        InvalidPayment => "This is not the provider's id of a payment.",
        InvalidEvidence => "The evidence is empty, or a piece of it is not one that the provider takes.",
        UnsupportedPaymentMethod => "Only cards and US bank accounts can be used.",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
