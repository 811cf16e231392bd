namespace Florin.Providers.Stripe;

/// <summary>Stripe's ids and our keys, checked before they become part of an address or a header.</summary>
internal static class StripeIds
{
    private const int LengthMax = 255;
    private const int MetadataLengthMax = 500;

    public static bool IsPaymentMethod(string id) => Has(id, "pm_");

    public static bool IsCustomer(string id) => Has(id, "cus_");

    public static bool IsPayment(string id) => Has(id, "pi_");

    public static bool IsPayout(string id) => Has(id, "po_");

    public static bool IsRefund(string id) => Has(id, "re_") || Has(id, "pyr_");

    public static bool IsDispute(string id) => Has(id, "dp_") || Has(id, "du_");

    public static bool IsEvent(string id) => Has(id, "evt_");

    /// <summary>A bank account or debit card; the sandbox also pays to an attached payment method, and the provider decides.</summary>
    public static bool IsDestination(string id) => Has(id, "ba_") || Has(id, "card_") || IsPaymentMethod(id);

    /// <exception cref="ArgumentException">The key is empty, too long or not printable ASCII: the caller's mistake.</exception>
    public static void RequireKey(string idempotencyKey)
    {
        ArgumentException.ThrowIfNullOrEmpty(idempotencyKey);
        if (idempotencyKey.Length > LengthMax || !idempotencyKey.All(c => c is > ' ' and <= '~'))
        {
            throw new ArgumentException($"An idempotency key has 1 to {LengthMax} printable ASCII characters.", nameof(idempotencyKey));
        }
    }

    /// <exception cref="ArgumentException">The reference is empty or too long for Stripe's metadata: the caller's mistake.</exception>
    public static void RequireReference(string ourReference)
    {
        ArgumentException.ThrowIfNullOrEmpty(ourReference);
        if (ourReference.Length > MetadataLengthMax)
        {
            throw new ArgumentException($"A reference has at most {MetadataLengthMax} characters.", nameof(ourReference));
        }
    }

    private static bool Has(string id, string prefix)
        => id.StartsWith(prefix, StringComparison.Ordinal)
            && id.Length > prefix.Length
            && id.Length <= LengthMax
            && id.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
