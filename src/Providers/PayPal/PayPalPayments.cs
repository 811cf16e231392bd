namespace Florin.Providers.PayPal;

/// <summary>Says in the port's words what an order is worth.</summary>
internal static class PayPalPayments
{
    public static AcquirerPayment Of(PayPalOrder order)
    {
        AcquirerPaymentStatus status = Status(order);
        PayPalPart? told = order.Captures.IsEmpty ? order.Authorization : order.Captures[^1];
        return new AcquirerPayment(
            order.Id,
            status,
            order.MinorUnits,
            Capturable(order),
            Captured(order),
            Refunded(order),
            order.Currency,
            [.. order.Captures.Where(capture => capture.IsTaken || capture.IsPending).Select(capture => capture.Id)],
            Capturable(order) > UInt128.Zero ? order.Authorization?.ExpiresAt : null,
            order.CustomId,
            status == AcquirerPaymentStatus.Failed ? FailureCode(told) : null,
            told?.Status ?? order.Status)
        {
            TakenBackMinorUnits = Refunded(order) - Given(order),
            NextActionUrl = status == AcquirerPaymentStatus.RequiresAction ? order.ApprovalUrl : null,
            Captures = [.. order.Captures.Where(capture => capture.IsTaken).Select(capture => new AcquirerCapture(capture.Id, capture.MinorUnits, Refunded(order, capture)))],
        };
    }

    /// <summary>PayPal's reason, or its word for the state: why nothing was reserved or taken.</summary>
    public static string FailureCode(PayPalPart? failed) => failed?.Reason ?? failed?.Status ?? "failed";

    private static UInt128 Captured(PayPalOrder order) => Sum(order.Captures.Where(capture => capture.IsTaken));

    /// <summary>
    /// What was given back or is on its way. A capture that PayPal itself took back says REFUNDED without a refund of ours: its whole amount is gone.
    /// </summary>
    private static UInt128 Refunded(PayPalOrder order)
    {
        UInt128 refunds = Given(order);
        UInt128 gone = Sum(order.Captures.Where(capture => capture.Status == "REFUNDED"));
        return refunds > gone ? refunds : gone;
    }

    /// <summary>By refunds, which somebody asked for.</summary>
    private static UInt128 Given(PayPalOrder order) => Sum(order.Refunds.Where(refund => refund.Status is "COMPLETED" or "PENDING"));

    private static UInt128 Refunded(PayPalOrder order, PayPalPart capture) => capture.Status == "REFUNDED"
        ? capture.MinorUnits
        : Sum(order.Refunds.Where(refund => refund.CaptureId == capture.Id && refund.Status is "COMPLETED" or "PENDING"));

    private static UInt128 Capturable(PayPalOrder order)
    {
        if (order.Authorization is not { Status: "CREATED" or "PARTIALLY_CAPTURED" } authorization)
        {
            return UInt128.Zero;
        }

        UInt128 used = Sum(order.Captures.Where(capture => capture.IsTaken || capture.IsPending));
        return authorization.MinorUnits > used ? authorization.MinorUnits - used : UInt128.Zero;
    }

    private static AcquirerPaymentStatus Status(PayPalOrder order)
    {
        if (order.Captures.Any(capture => !capture.IsTaken && !capture.IsPending && !capture.IsFailed))
        {
            return AcquirerPaymentStatus.Unrecognised;
        }

        if (order.Captures.Any(capture => capture.IsTaken))
        {
            return AcquirerPaymentStatus.Captured;
        }

        return order.Captures.Any(capture => capture.IsPending) ? AcquirerPaymentStatus.Processing
            : order.Authorization is { } authorization ? Status(authorization)
            : !order.Captures.IsEmpty ? AcquirerPaymentStatus.Failed
            : order.Status switch
            {
                "CREATED" or "SAVED" or "PAYER_ACTION_REQUIRED" => AcquirerPaymentStatus.RequiresAction,
                "APPROVED" => AcquirerPaymentStatus.Approved,
                "VOIDED" => AcquirerPaymentStatus.Voided,

                // Done, and nothing to show for it.
                _ => AcquirerPaymentStatus.Unrecognised,
            };
    }

    /// <summary>Of an order by which nothing was captured. CAPTURED means then that every capture failed and the authorisation is used up.</summary>
    private static AcquirerPaymentStatus Status(PayPalPart authorization) => authorization.Status switch
    {
        "CREATED" or "PARTIALLY_CAPTURED" => AcquirerPaymentStatus.Authorized,
        "PENDING" => AcquirerPaymentStatus.Processing,
        "VOIDED" => AcquirerPaymentStatus.Voided,
        "DENIED" or "CAPTURED" => AcquirerPaymentStatus.Failed,
        _ => AcquirerPaymentStatus.Unrecognised,
    };

    private static UInt128 Sum(IEnumerable<PayPalPart> parts) => parts.Aggregate(UInt128.Zero, (sum, part) => sum + part.MinorUnits);
}
