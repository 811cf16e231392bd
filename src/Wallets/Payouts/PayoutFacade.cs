using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Wallets.Payouts;

/// <summary>The slice's door: each call goes to the part that knows it.</summary>
internal sealed class PayoutFacade(PayoutService payouts, PayoutBatchService batches, PayoutScheduleService schedules) : IPayouts
{
    public ValueTask<MovementOutcome<Payout>> StartAsync(
        WalletCaller caller, string idempotencyKey, Money amount, Guid destinationId, CancellationToken cancellationToken) =>
        payouts.StartAsync(caller, idempotencyKey, amount, destinationId, cancellationToken);

    public ValueTask<Payout?> GetAsync(Guid merchant, Guid payoutId, CancellationToken cancellationToken) =>
        payouts.GetAsync(merchant, payoutId, cancellationToken);

    public ValueTask<ImmutableArray<Payout>> ListAsync(Guid merchant, Guid? before, int limit, CancellationToken cancellationToken) =>
        payouts.ListAsync(merchant, before, limit, cancellationToken);

    public ValueTask<PayoutCancellation?> CancelAsync(WalletCaller caller, Guid payoutId, CancellationToken cancellationToken) =>
        payouts.CancelAsync(caller, payoutId, cancellationToken);

    public ValueTask<PayoutSchedule> GetScheduleAsync(Guid merchant, CancellationToken cancellationToken) => schedules.GetAsync(merchant, cancellationToken);

    public ValueTask<PayoutSchedule?> SetScheduleAsync(WalletCaller caller, PayoutSchedule schedule, CancellationToken cancellationToken) =>
        schedules.SetAsync(caller, schedule, cancellationToken);

    public ValueTask<PayoutBatch?> GetBatchAsync(Guid merchant, Guid batchId, CancellationToken cancellationToken) =>
        batches.GetAsync(merchant, batchId, cancellationToken);

    public ValueTask<ImmutableArray<PayoutBatch>> ListBatchesAsync(Guid merchant, Guid? before, int limit, CancellationToken cancellationToken) =>
        batches.ListAsync(merchant, before, limit, cancellationToken);

    public ValueTask<PayoutBatch?> RunBatchAsync(WalletCaller caller, string idempotencyKey, Guid batchId, CancellationToken cancellationToken) =>
        batches.RunAsync(caller, idempotencyKey, batchId, cancellationToken);

    public ValueTask<MovementOutcome<Payout>> PayLineAsync(
        WalletCaller caller, string idempotencyKey, Guid batchId, string currency, CancellationToken cancellationToken) =>
        batches.PayLineAsync(caller, idempotencyKey, batchId, currency, cancellationToken);
}
