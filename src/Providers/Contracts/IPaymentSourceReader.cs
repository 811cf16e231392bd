namespace Florin.Providers;

/// <summary>Tells what is known of a payment source, such as when its card expires. Reads only; thread-safe.</summary>
public interface IPaymentSourceReader
{
    /// <summary>The acquirer whose payment sources it reads: <c>stripe</c>.</summary>
    string Name { get; }

    /// <param name="paymentSource">The provider's token of a payment method.</param>
    ValueTask<ProviderLookup<PaymentSourceDetails>> GetAsync(string paymentSource, CancellationToken cancellationToken);
}

/// <param name="LastDay">The last day, in UTC, on which the card can be charged: the end of its month; <see langword="null"/> for what does not expire.</param>
public sealed record PaymentSourceDetails(DateOnly? LastDay);
