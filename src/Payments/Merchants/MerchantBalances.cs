using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Payments.Merchants;

/// <summary>Reads a merchant's accounts from the ledger.</summary>
internal sealed class MerchantBalances(ILedger ledger) : IMerchants
{
    public async ValueTask<ImmutableArray<MerchantBalance>> GetBalancesAsync(Guid merchant, CancellationToken cancellationToken)
    {
        string address = MerchantAccounts.AvailableAddress(merchant);
        ImmutableArray<AccountBalance> accounts = await ledger.GetBalancesAsync(address, cancellationToken);
        ImmutableArray<MerchantBalance>.Builder balances = ImmutableArray.CreateBuilder<MerchantBalance>(accounts.Length);
        foreach (AccountBalance available in accounts.Where(account => account.Id.Address.Value == address).OrderBy(account => account.Id.Asset.Code, StringComparer.Ordinal))
        {
            Asset asset = available.Id.Asset;
            AccountBalance? reserve = await ledger.GetBalanceAsync(MerchantAccounts.Reserve(merchant, asset).Id, cancellationToken);
            AccountBalance? receivable = await ledger.GetBalanceAsync(MerchantAccounts.Receivable(merchant, asset).Id, cancellationToken);
            balances.Add(new MerchantBalance(
                new Money(available.Available, asset),
                new Money(reserve?.CreditsPending ?? UInt128.Zero, asset),
                new Money(reserve?.Available ?? UInt128.Zero, asset),
                new Money(receivable?.Available ?? UInt128.Zero, asset)));
        }

        return balances.ToImmutable();
    }
}
