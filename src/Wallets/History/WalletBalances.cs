using Florin.Ledger;

namespace Florin.Wallets.History;

/// <summary>Reads what a wallet holds, from the ledger and from nowhere else.</summary>
internal sealed class WalletBalances(ILedger ledger, IWalletOwners owners, WalletOptions options)
{
    public async ValueTask<Wallet?> GetAsync(Guid userId, CancellationToken cancellationToken)
    {
        if (await owners.FindAsync(userId, cancellationToken) is not { } owner)
        {
            return null;
        }

        string address = ChartOfAccounts.UserAvailableAddress(userId);

        // By name: a prefix would walk all accounts of the ledger on its one writer.
        AccountBalance?[] accounts = await Task.WhenAll(options.Currencies.Select(
            code => ledger.GetBalanceAsync(AccountId.Of(address, Assets.Get(code)), cancellationToken).AsTask()));
        return new Wallet(userId, owner.Kind, [.. accounts.OfType<AccountBalance>().Select(Present)]);
    }

    private static WalletBalance Present(AccountBalance account)
    {
        Asset asset = account.Id.Asset;
        return new WalletBalance(asset, new Money(account.Available, asset), new Money(account.CreditsPending, asset), new Money(account.DebitsPending, asset));
    }
}
