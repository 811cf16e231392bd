namespace Florin.Providers.Stripe;

/// <summary>What a payment source names at Stripe: <c>pm_…</c>, or <c>cus_…/pm_…</c> for a method that is stored with a customer.</summary>
/// <remarks>Stripe charges a stored method only together with its customer, and one that is not stored only once. Source: Stripe, "Save a payment method".</remarks>
internal readonly record struct StripeSource(string? CustomerId, string PaymentMethodId)
{
    public static StripeSource Of(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? new StripeSource(null, text) : new StripeSource(text[..slash], text[(slash + 1)..]);
    }

    /// <summary>Whether both have the form of Stripe's ids.</summary>
    public bool IsGood => StripeIds.IsPaymentMethod(PaymentMethodId) && (CustomerId is null || StripeIds.IsCustomer(CustomerId));
}
