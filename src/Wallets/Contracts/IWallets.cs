using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Wallets;

/// <summary>What users do with their wallets. Thread-safe. Expected failures are outcomes, never exceptions.</summary>
/// <remarks>
/// <c>idempotencyKey</c> is the caller's own, 1 to <see cref="IdempotencyKeyLengthMax"/> characters; with the caller's principal it names one
/// movement for ever.
/// </remarks>
public interface IWallets
{
    public const int IdempotencyKeyLengthMax = 255;

    /// <summary>The longest history page.</summary>
    public const int HistoryLimitMax = 200;

    /// <returns><see langword="null"/> when there is no such user.</returns>
    ValueTask<Wallet?> GetWalletAsync(Guid userId, CancellationToken cancellationToken);

    /// <param name="paymentMethodToken">What the user's browser obtained from the provider.</param>
    ValueTask<FundingSourceOutcome> AddFundingSourceAsync(Guid userId, string paymentMethodToken, CancellationToken cancellationToken);

    /// <summary>Links a PayPal account to pay out to. Whose it is, and whether there is one, PayPal tells when it is paid.</summary>
    /// <param name="account">Its e-mail address or account id; shown masked from then on.</param>
    ValueTask<FundingSourceOutcome> AddPayPalAccountAsync(Guid userId, string account, CancellationToken cancellationToken);

    /// <summary>The linked ones, oldest first.</summary>
    ValueTask<ImmutableArray<FundingSource>> ListFundingSourcesAsync(Guid userId, CancellationToken cancellationToken);

    ValueTask<FundingSource?> GetFundingSourceAsync(Guid userId, Guid sourceId, CancellationToken cancellationToken);

    ValueTask<FundingSourceOutcome> RemoveFundingSourceAsync(Guid userId, Guid sourceId, CancellationToken cancellationToken);

    ValueTask<MovementOutcome<Deposit>> StartDepositAsync(
        WalletCaller caller, string idempotencyKey, Money amount, Guid sourceId, CancellationToken cancellationToken);

    ValueTask<Deposit?> GetDepositAsync(Guid userId, Guid depositId, CancellationToken cancellationToken);

    ValueTask<MovementOutcome<Withdrawal>> StartWithdrawalAsync(
        WalletCaller caller, string idempotencyKey, Money amount, Guid destinationId, CancellationToken cancellationToken);

    ValueTask<Withdrawal?> GetWithdrawalAsync(Guid userId, Guid withdrawalId, CancellationToken cancellationToken);

    /// <summary>Cancels a withdrawal that certainly was not handed to the provider.</summary>
    ValueTask<CancelOutcome> CancelWithdrawalAsync(WalletCaller caller, Guid withdrawalId, CancellationToken cancellationToken);

    /// <param name="to">A wallet id or an e-mail address.</param>
    /// <param name="note">At most <see cref="WalletTransfer.NoteLengthMax"/> characters, or null.</param>
    ValueTask<MovementOutcome<WalletTransfer>> TransferAsync(
        WalletCaller caller, string idempotencyKey, Money amount, string to, string? note, CancellationToken cancellationToken);

    /// <summary>Newest first: the user's own movements and what others sent.</summary>
    /// <param name="cursor">From the page before, or null; a text that is no cursor gives <see langword="null"/>.</param>
    /// <param name="limit">1 to <see cref="HistoryLimitMax"/>.</param>
    ValueTask<WalletHistoryPage?> GetHistoryAsync(Guid userId, string? cursor, int limit, CancellationToken cancellationToken);

    /// <summary>What a provider did for flows that a restored database does not have (fault T-06), newest first.</summary>
    /// <param name="before">Only what was found before this one; <see langword="null"/> starts at the newest.</param>
    /// <param name="limit">1 to 200.</param>
    ValueTask<ImmutableArray<RecoveredMovement>> ListRecoveredAsync(Guid? before, int limit, CancellationToken cancellationToken);
}
