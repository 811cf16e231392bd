namespace Florin.Providers;

/// <summary>
/// An acquirer whose payers can approve a payment in their browser (<see cref="AuthorizationRequest.ApprovedByPayer"/>). The authorisation of such a payment
/// is answered with <see cref="AcquirerPaymentStatus.RequiresAction"/> and the address where the payer approves; the approval alone moves nothing.
/// </summary>
public interface IApprovalAcquirer : IAcquirer
{
    /// <summary>
    /// Takes what the payer has approved, or reserves it when the capture is manual. Nothing is taken of a payment that is never completed: there is nothing
    /// to cancel.
    /// </summary>
    /// <param name="request">The one that the payment was begun with. Its key names this call as well, so that a repeat is answered by the original's state.</param>
    /// <param name="paymentId">The provider's id of the payment.</param>
    /// <param name="cancellationToken">Honoured until the request leaves.</param>
    ValueTask<ProviderOutcome<AcquirerPayment>> CompleteAsync(AuthorizationRequest request, string paymentId, CancellationToken cancellationToken);
}
