namespace Florin.Providers;

/// <summary>Sends money out of our balance at a provider. Implementations are thread-safe; outcomes and keys are as with <see cref="IPaymentProvider"/>.</summary>
public interface IPayoutProvider
{
    /// <summary>The name in account addresses and references: <c>paypal</c>.</summary>
    string Name { get; }

    /// <summary>As <see cref="IAcquirer.RepeatsAnswerFor"/>, of <see cref="CreatePayoutAsync"/>.</summary>
    TimeSpan? RepeatsAnswerFor { get; }

    ValueTask<ProviderOutcome<ProviderPayout>> CreatePayoutAsync(PayoutRequest request, CancellationToken cancellationToken);

    ValueTask<ProviderLookup<ProviderPayout>> GetPayoutAsync(string payoutId, CancellationToken cancellationToken);
}
