using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Payments;

/// <summary>What merchants have. Thread-safe.</summary>
public interface IMerchants
{
    /// <summary>One for each currency in which the merchant ever took a payment, ordered by its code.</summary>
    ValueTask<ImmutableArray<MerchantBalance>> GetBalancesAsync(Guid merchant, CancellationToken cancellationToken);
}

/// <param name="Available">What can be taken now: captured, less fees, refunds, disputes and what is kept back or held.</param>
/// <param name="Reserved">Kept back of captures for a time; it becomes available by itself.</param>
/// <param name="Disputed">Withheld for open disputes.</param>
/// <param name="Receivable">What the merchant owes; the next captures repay it first.</param>
public sealed record MerchantBalance(Money Available, Money Reserved, Money Disputed, Money Receivable);
