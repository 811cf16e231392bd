using Florin.Ledger;

namespace Florin.Payments;

/// <summary>What handlers ask the ledger before they decide. The posting decides again: a balance may have changed meanwhile.</summary>
internal static class LedgerReads
{
    /// <summary>What an account has to give, in smallest units; zero when it was never opened.</summary>
    public static async ValueTask<UInt128> AvailableAsync(this ILedger ledger, AccountDefinition account, CancellationToken cancellationToken) =>
        await ledger.GetBalanceAsync(account.Id, cancellationToken) is { } balance ? balance.Available : UInt128.Zero;
}
