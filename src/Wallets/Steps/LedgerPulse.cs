using Florin.Ledger;

namespace Florin.Wallets.Steps;

/// <summary>
/// Whether the ledger records, asked before money is taken: a wallet stops taking money before it stops recording it (fault T-04).
/// </summary>
/// <remarks>
/// Reads go through the writer's queue and are answered with a commit. A writer whose commits fail answers none, so that a read tells without
/// another write whether the next one would stand.
/// </remarks>
internal sealed class LedgerPulse(ILedger ledger)
{
    /// <exception cref="LedgerUnavailableException">It does not record now; nothing may be begun whose result it would have to record.</exception>
    public async ValueTask RequireAsync(AccountId account, CancellationToken cancellationToken) =>
        _ = await ledger.GetBalanceAsync(account, cancellationToken);
}
