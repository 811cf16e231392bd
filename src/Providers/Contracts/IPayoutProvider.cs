namespace Florin.Providers;

/// <summary>Sends money out of our balance at a provider. Implementations are thread-safe; outcomes and keys are as with <see cref="IPaymentProvider"/>.</summary>
public interface IPayoutProvider
{
    /// <summary>The name in account addresses and references: <c>stripe</c>, <c>paypal</c>.</summary>
    string Name { get; }

    /// <summary>
    /// How long a repeat of <see cref="CreatePayoutAsync"/> with the same idempotency key pays nothing when the original was carried out, and is answered by
    /// it; <see langword="null"/> where a repeat teaches nothing. A provider that has it may keep no list that <see cref="FindPayoutAsync"/> could read: an
    /// unknown outcome is then cleared up by the repeat.
    /// </summary>
    TimeSpan? RepeatsAnswerFor => null;

    /// <summary>
    /// The smallest amount of a currency, in ISO 4217's smallest units, of which every payout must be a multiple; <see langword="null"/> when the provider does
    /// not take the currency. 1 unless a provider knows better: it then refuses by itself what it cannot pay.
    /// </summary>
    /// <param name="currency">Upper-case ISO 4217 code.</param>
    UInt128? StepOf(string currency) => UInt128.One;

    /// <summary>Whether a text can name somebody who is paid. It says nothing about whether there is such an account.</summary>
    bool IsDestination(string destination) => true;

    /// <summary>Sends money out to a destination that the provider knows.</summary>
    ValueTask<ProviderOutcome<ProviderPayout>> CreatePayoutAsync(PayoutRequest request, CancellationToken cancellationToken);

    ValueTask<ProviderLookup<ProviderPayout>> GetPayoutAsync(string payoutId, CancellationToken cancellationToken);

    /// <summary>Looks for the payout of a flow whose answer was lost: an authoritative read of the provider's list.</summary>
    ValueTask<ProviderLookup<ProviderPayout>> FindPayoutAsync(
        string ourReference, string destination, DateTimeOffset notBefore, CancellationToken cancellationToken);
}
