using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Wallets.History;

/// <summary>Reads what a wallet holds, from the ledger and from nowhere else.</summary>
internal sealed class WalletBalances(ILedger ledger, IWalletOwners owners)
{
    public async ValueTask<Wallet?> GetAsync(Guid userId, CancellationToken cancellationToken)
    {
        if (await owners.FindAsync(userId, cancellationToken) is not { } owner)
        {
            return null;
        }

        string address = ChartOfAccounts.UserAvailableAddress(userId);
        ImmutableArray<AccountBalance> accounts = await ledger.GetBalancesAsync(address, cancellationToken);
        return new Wallet(
            userId, owner.Kind, [.. accounts.Where(account => account.Id.Address.Value == address).Select(Present)]);
    }

    private static WalletBalance Present(AccountBalance account)
    {
        Asset asset = account.Id.Asset;
        return new WalletBalance(asset, new Money(account.Available, asset), new Money(account.CreditsPending, asset), new Money(account.DebitsPending, asset));
    }
}
