using System.Collections.Immutable;
using Florin.Ledger;
using Florin.Wallets.Deposits;
using Florin.Wallets.FundingSources;
using Florin.Wallets.History;
using Florin.Wallets.Recovered;
using Florin.Wallets.Transfers;
using Florin.Wallets.Withdrawals;

namespace Florin.Wallets;

/// <summary>The module's door: each call goes to the slice that knows it.</summary>
internal sealed class WalletFacade(
    WalletBalances balances,
    FundingSourceService fundingSources,
    PayPalAccountService payPalAccounts,
    DepositService deposits,
    WithdrawalService withdrawals,
    TransferService transfers,
    WalletHistory history,
    RecoveredService recovered) : IWallets
{
    public ValueTask<Wallet?> GetWalletAsync(Guid userId, CancellationToken cancellationToken) => balances.GetAsync(userId, cancellationToken);

    public ValueTask<FundingSourceOutcome> AddFundingSourceAsync(Guid userId, string paymentMethodToken, CancellationToken cancellationToken) =>
        fundingSources.AddAsync(userId, paymentMethodToken, cancellationToken);

    public ValueTask<FundingSourceOutcome> AddPayPalAccountAsync(Guid userId, string account, CancellationToken cancellationToken) =>
        payPalAccounts.AddAsync(userId, account, cancellationToken);

    public ValueTask<ImmutableArray<FundingSource>> ListFundingSourcesAsync(Guid userId, CancellationToken cancellationToken) =>
        fundingSources.ListAsync(userId, cancellationToken);

    public ValueTask<FundingSource?> GetFundingSourceAsync(Guid userId, Guid sourceId, CancellationToken cancellationToken) =>
        fundingSources.GetAsync(userId, sourceId, cancellationToken);

    public ValueTask<FundingSourceOutcome> RemoveFundingSourceAsync(Guid userId, Guid sourceId, CancellationToken cancellationToken) =>
        fundingSources.RemoveAsync(userId, sourceId, cancellationToken);

    public ValueTask<MovementOutcome<Deposit>> StartDepositAsync(
        WalletCaller caller, string idempotencyKey, Money amount, Guid sourceId, CancellationToken cancellationToken) =>
        deposits.StartAsync(caller, idempotencyKey, amount, sourceId, cancellationToken);

    public ValueTask<Deposit?> GetDepositAsync(Guid userId, Guid depositId, CancellationToken cancellationToken) =>
        deposits.GetAsync(userId, depositId, cancellationToken);

    public ValueTask<MovementOutcome<Withdrawal>> StartWithdrawalAsync(
        WalletCaller caller, string idempotencyKey, Money amount, Guid destinationId, CancellationToken cancellationToken) =>
        withdrawals.StartAsync(caller, idempotencyKey, amount, destinationId, cancellationToken);

    public ValueTask<Withdrawal?> GetWithdrawalAsync(Guid userId, Guid withdrawalId, CancellationToken cancellationToken) =>
        withdrawals.GetAsync(userId, withdrawalId, cancellationToken);

    public ValueTask<CancelOutcome> CancelWithdrawalAsync(WalletCaller caller, Guid withdrawalId, CancellationToken cancellationToken) =>
        withdrawals.CancelAsync(caller, withdrawalId, cancellationToken);

    public ValueTask<MovementOutcome<WalletTransfer>> TransferAsync(
        WalletCaller caller, string idempotencyKey, Money amount, string to, string? note, CancellationToken cancellationToken) =>
        transfers.StartAsync(caller, idempotencyKey, amount, to, note, cancellationToken);

    public ValueTask<WalletHistoryPage?> GetHistoryAsync(Guid userId, string? cursor, int limit, CancellationToken cancellationToken) =>
        history.GetAsync(userId, cursor, limit, cancellationToken);

    public ValueTask<ImmutableArray<RecoveredMovement>> ListRecoveredAsync(Guid? before, int limit, CancellationToken cancellationToken) =>
        recovered.ListAsync(before, limit, cancellationToken);
}
