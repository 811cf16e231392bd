using System.Collections.Immutable;
using Florin.Payments.Disputes;
using Florin.Payments.Charging;
using Florin.Payments.Refunds;
using Florin.Payments.Subscriptions.Invoices;

namespace Florin.Payments;

/// <summary>The module's door: each call goes to the slice that knows it.</summary>
internal sealed class PaymentFacade(
    PaymentService payments, PaymentCommandService commands, PayerReturn payerReturn, RefundService refunds, DisputeService disputes, InvoiceService invoices) : IPayments
{
    public async ValueTask<PaymentOutcome<Payment>> PayAsync(
        MerchantCaller caller, string idempotencyKey, PaymentOrder order, CancellationToken cancellationToken) =>
        await invoices.AllowsAsync(caller.MerchantId, order, cancellationToken)
            ? await payments.PayAsync(caller, idempotencyKey, order, cancellationToken)
            : new PaymentOutcome<Payment>.Refused(PaymentRefusal.InvoiceDiffers);

    public async ValueTask<Payment?> GetAsync(Guid merchant, Guid paymentId, CancellationToken cancellationToken) =>
        await payments.FindAsync(merchant, paymentId, cancellationToken) is { } flow ? PaymentService.Present(flow) : null;

    public async ValueTask<PaymentOutcome<Payment>> CompleteAsync(MerchantCaller caller, Guid paymentId, CancellationToken cancellationToken) =>
        await payments.FindAsync(caller.MerchantId, paymentId, cancellationToken) is { } flow
            ? new PaymentOutcome<Payment>.Done(
                PaymentService.Present(await payerReturn.TellAsync(flow, PaymentFlow.RequiresAction, PaymentFlow.Completing, cancellationToken)), IsReplayed: false)
            : new PaymentOutcome<Payment>.Refused(PaymentRefusal.NotFound);

    public ValueTask<ImmutableArray<PaymentEvent>> GetTimelineAsync(Guid merchant, Guid paymentId, CancellationToken cancellationToken) =>
        payments.TimelineAsync(merchant, paymentId, cancellationToken);

    public ValueTask<PaymentOutcome<Payment>> CaptureAsync(
        MerchantCaller caller, string idempotencyKey, Guid paymentId, UInt128? amount, bool isFinal, CancellationToken cancellationToken) =>
        commands.RunAsync(caller, idempotencyKey, paymentId, PaymentCommand.CaptureType, amount, isFinal, cancellationToken);

    public ValueTask<PaymentOutcome<Payment>> VoidAsync(
        MerchantCaller caller, string idempotencyKey, Guid paymentId, CancellationToken cancellationToken) =>
        commands.RunAsync(caller, idempotencyKey, paymentId, PaymentCommand.VoidType, amount: null, isFinal: true, cancellationToken);

    public ValueTask<PaymentOutcome<Refund>> RefundAsync(
        MerchantCaller caller, string idempotencyKey, Guid paymentId, UInt128? amount, string reason, CancellationToken cancellationToken) =>
        refunds.StartAsync(caller, idempotencyKey, paymentId, amount, reason, cancellationToken);

    public ValueTask<ImmutableArray<Refund>?> ListRefundsAsync(Guid merchant, Guid paymentId, CancellationToken cancellationToken) =>
        refunds.ListAsync(merchant, paymentId, cancellationToken);

    public ValueTask<ImmutableArray<Dispute>> ListDisputesAsync(Guid merchant, Guid? before, int limit, CancellationToken cancellationToken) =>
        disputes.ListAsync(merchant, before, limit, cancellationToken);

    public ValueTask<Dispute?> GetDisputeAsync(Guid merchant, Guid disputeId, CancellationToken cancellationToken) =>
        disputes.GetAsync(merchant, disputeId, cancellationToken);

    public ValueTask<PaymentOutcome<Dispute>> SubmitEvidenceAsync(
        MerchantCaller caller,
        string idempotencyKey,
        Guid disputeId,
        IReadOnlyDictionary<string, string> evidence,
        CancellationToken cancellationToken) =>
        disputes.SubmitEvidenceAsync(caller, idempotencyKey, disputeId, evidence, cancellationToken);
}
