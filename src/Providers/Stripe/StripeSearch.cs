using System.Text.Json;
using Florin.Providers.Resilience;
using Microsoft.Extensions.Logging;

namespace Florin.Providers.Stripe;

/// <summary>Finds the object of a flow whose answer was lost: reads Stripe's own list to its end, not its search index, which lags.</summary>
internal sealed class StripeSearch(string provider, StripeList list, StripeOutcomes outcomes, ILogger logger)
{
    /// <summary>
    /// Pages that one search reads; a list that goes on beyond them was not searched to its end, and says so. The list begins with the newest, so
    /// that the pages must reach back over all that was made since the answer was lost.
    /// </summary>
    public const int PagesMax = 200;

    public ValueTask<ProviderLookup<ProviderPayment>> PaymentAsync(
        string ourReference, string customerId, DateTimeOffset notBefore, CancellationToken cancellationToken)
        => FindAsync(
            "find_payment",
            "/v1/payment_intents",
            () => Query(notBefore).Add("customer", customerId),
            StripeObjects.Payment,
            payment => payment.OurReference == ourReference,
            payment => Weight(payment.Status),
            ourReference,
            cancellationToken);

    public ValueTask<ProviderLookup<ProviderPayout>> PayoutAsync(
        string ourReference, string destination, DateTimeOffset notBefore, CancellationToken cancellationToken)
        => FindAsync(
            "find_payout",
            "/v1/payouts",
            () => Query(notBefore).Add("destination", destination),
            StripeObjects.Payout,
            payout => payout.OurReference == ourReference,
            payout => Weight(payout.Status),
            ourReference,
            cancellationToken);

    /// <summary>The payment of a merchant's flow, whoever its payer is.</summary>
    public ValueTask<ProviderLookup<AcquirerPayment>> AcquiredAsync(string ourReference, DateTimeOffset notBefore, CancellationToken cancellationToken)
        => FindAsync(
            "find_acquired_payment",
            "/v1/payment_intents",
            () => StripeAcquirerObjects.WithCharge(Query(notBefore), "data."),
            StripeAcquirerObjects.Payment,
            payment => payment.OurReference == ourReference,
            payment => Weight(payment.Status),
            ourReference,
            cancellationToken);

    public ValueTask<ProviderLookup<AcquirerRefund>> RefundAsync(string paymentId, string ourReference, CancellationToken cancellationToken)
        => FindAsync(
            "find_refund",
            "/v1/refunds",
            () => new StripeForm().Add("payment_intent", paymentId),
            StripeAcquirerObjects.Refund,
            refund => refund.OurReference == ourReference,
            refund => Weight(refund.Status),
            ourReference,
            cancellationToken);

    private async ValueTask<ProviderLookup<T>> FindAsync<T>(
        string operation,
        string path,
        Func<StripeForm> query,
        Func<JsonElement, T?> read,
        Func<T, bool> isWanted,
        Func<T, int> weight,
        string ourReference,
        CancellationToken cancellationToken)
        where T : class
    {
        List<T> found = [];
        string? after = null;
        for (int page = 0; page < PagesMax; page++)
        {
            StripeForm form = query().Add("limit", StripeList.PageMax);
            ProviderLookup<StripePage<T>> answer = await list.PageAsync(
                operation + "_page", path, after is null ? form : form.Add("starting_after", after), read, cancellationToken);
            if (answer is not ProviderLookup<StripePage<T>>.Found { Value: { } part })
            {
                return outcomes.Unavailable<T>(operation, answer is ProviderLookup<StripePage<T>>.Unavailable { Reason: { } reason } ? reason : "the list is missing");
            }

            found.AddRange(part.Items.Where(isWanted));
            if (!part.HasMore)
            {
                return Best(operation, found, weight, ourReference);
            }

            after = part.LastId;
        }

        return outcomes.Unavailable<T>(operation, $"the list is longer than {PagesMax} pages: not searched to its end");
    }

    /// <summary>Of several, the one that took or may take money: to overlook it would be worse than to see it late.</summary>
    private ProviderLookup<T> Best<T>(string operation, List<T> found, Func<T, int> weight, string ourReference)
    {
        if (found.Count == 0)
        {
            return outcomes.NotFound<T>(operation);
        }

        if (found.Count(item => weight(item) > 0) > 1)
        {
            ProviderLog.SeveralForOneReference(logger, provider, found.Count, ourReference);
        }

        return outcomes.Found(operation, found.MaxBy(weight)!);
    }

    private static StripeForm Query(DateTimeOffset notBefore)
    {
        long from = Math.Max(0, notBefore.ToUnixTimeSeconds());
        return new StripeForm().Add("created[gte]", from);
    }

    private static int Weight(ProviderPaymentStatus status) => status switch
    {
        ProviderPaymentStatus.Succeeded => 4,
        ProviderPaymentStatus.Processing => 3,
        ProviderPaymentStatus.Unrecognised => 2,
        ProviderPaymentStatus.RequiresAction => 1,
        ProviderPaymentStatus.Failed => 0,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static int Weight(AcquirerPaymentStatus status) => status switch
    {
        AcquirerPaymentStatus.Captured => 5,
        AcquirerPaymentStatus.Authorized => 4,
        AcquirerPaymentStatus.Processing => 3,
        AcquirerPaymentStatus.Unrecognised => 2,
        AcquirerPaymentStatus.RequiresAction => 1,
        AcquirerPaymentStatus.Voided or AcquirerPaymentStatus.Failed => 0,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static int Weight(AcquirerRefundStatus status) => status switch
    {
        AcquirerRefundStatus.Succeeded => 3,
        AcquirerRefundStatus.Pending => 2,
        AcquirerRefundStatus.Unrecognised => 1,
        AcquirerRefundStatus.Failed => 0,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static int Weight(ProviderPayoutStatus status) => status switch
    {
        ProviderPayoutStatus.Paid => 4,
        ProviderPayoutStatus.InTransit => 3,
        ProviderPayoutStatus.Pending => 2,
        ProviderPayoutStatus.Unrecognised => 1,
        ProviderPayoutStatus.Failed or ProviderPayoutStatus.Canceled => 0,
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
