using Florin.Ledger;
using Florin.Wallets.Withdrawals;

namespace Florin.Wallets.FundingSources;

/// <summary>Links PayPal accounts. PayPal is not asked: it knows a receiver when it pays one, and not before.</summary>
internal sealed class PayPalAccountService(FundingSourceStore store, PayoutRails rails, IdSource ids, TimeProvider timeProvider)
{
    /// <summary>The name of its rail.</summary>
    public const string ProviderName = "paypal";

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    public async ValueTask<FundingSourceOutcome> AddAsync(Guid userId, string account, CancellationToken cancellationToken)
    {
        if (rails.Find(ProviderName) is not { } rail)
        {
            return new FundingSourceOutcome.NotOffered();
        }

        if (!rail.IsDestination(account))
        {
            return new FundingSourceOutcome.NotAnAccount();
        }

        Guid id = ids.NextId();
        FundingSourceRow row = new()
        {
            Id = id,
            UserId = userId,
            Provider = ProviderName,

            // There is no token, and the address is kept once.
            PaymentMethodToken = id.ToString("D"),
            ProviderPaymentMethodId = account,
            Kind = FundingSourceKinds.Paypal,
            Status = FundingSourceStatus.Active,
            CreatedAt = timeProvider.GetUtcNow(),
        };
        if (await store.AddAsync(row, cancellationToken))
        {
            return new FundingSourceOutcome.Done(row.ToContract());
        }

        // Gone again in between: the next repeat links it anew.
        return await store.FindAsync(userId, ProviderName, account, cancellationToken) is { IsActive: true } known
            ? new FundingSourceOutcome.AlreadyLinked(known.ToContract())
            : new FundingSourceOutcome.ProviderUnavailable(RetryAfter);
    }
}
