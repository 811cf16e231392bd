using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Wallets;

/// <summary>Pays merchants what they have taken. Thread-safe. Expected failures are outcomes, never exceptions.</summary>
/// <remarks>
/// The caller's <see cref="WalletCaller.UserId"/> is the merchant; its principal may be an operator's. <c>idempotencyKey</c> is as with <see cref="IWallets"/>.
/// </remarks>
public interface IPayouts
{
    /// <summary>Debits the merchant's balance and pays out, now.</summary>
    /// <param name="destinationId">A bank or PayPal account of the merchant: a funding source of its wallet. It says by which provider is paid.</param>
    ValueTask<MovementOutcome<Payout>> StartAsync(
        WalletCaller caller, string idempotencyKey, Money amount, Guid destinationId, CancellationToken cancellationToken);

    ValueTask<Payout?> GetAsync(Guid merchant, Guid payoutId, CancellationToken cancellationToken);

    /// <summary>Newest first.</summary>
    /// <param name="before">Only payouts begun before this one.</param>
    /// <param name="limit">1 to 200.</param>
    ValueTask<ImmutableArray<Payout>> ListAsync(Guid merchant, Guid? before, int limit, CancellationToken cancellationToken);

    /// <summary>Cancels a payout that certainly was not handed to the provider.</summary>
    /// <returns><see langword="null"/> when there is no such payout.</returns>
    ValueTask<PayoutCancellation?> CancelAsync(WalletCaller caller, Guid payoutId, CancellationToken cancellationToken);

    /// <summary>The merchant's schedule; <see cref="PayoutInterval.Manual"/> when none was ever set.</summary>
    ValueTask<PayoutSchedule> GetScheduleAsync(Guid merchant, CancellationToken cancellationToken);

    /// <summary>Replaces the schedule. Batches that are planned stay as they are.</summary>
    /// <returns><see langword="null"/> when a destination is no bank or PayPal account of the merchant, or cannot be paid in the currency.</returns>
    ValueTask<PayoutSchedule?> SetScheduleAsync(WalletCaller caller, PayoutSchedule schedule, CancellationToken cancellationToken);

    ValueTask<PayoutBatch?> GetBatchAsync(Guid merchant, Guid batchId, CancellationToken cancellationToken);

    /// <summary>Newest first.</summary>
    /// <param name="before">Only batches planned before this one.</param>
    /// <param name="limit">1 to 200.</param>
    ValueTask<ImmutableArray<PayoutBatch>> ListBatchesAsync(Guid merchant, Guid? before, int limit, CancellationToken cancellationToken);

    /// <summary>Has a planned batch paid now. One that was paid before pays nothing and becomes <c>repeated</c> (fault I-12).</summary>
    /// <returns><see langword="null"/> when there is no such batch.</returns>
    ValueTask<PayoutBatch?> RunBatchAsync(WalletCaller caller, string idempotencyKey, Guid batchId, CancellationToken cancellationToken);

    /// <summary>Pays one planned line by hand, before the schedule does. Whoever is first has it (fault I-11).</summary>
    ValueTask<MovementOutcome<Payout>> PayLineAsync(
        WalletCaller caller, string idempotencyKey, Guid batchId, string currency, CancellationToken cancellationToken);
}
