using Florin.Providers.Resilience;

namespace Florin.Providers.PayPal;

/// <summary>PayPal as an acquirer: an order is a payment. The same code for the real service and for the sandbox. Thread-safe.</summary>
/// <remarks>
/// A lost answer is cleared up by sending the same request under the same <c>PayPal-Request-Id</c>: PayPal answers with the original's state. It keeps no
/// list of orders, so there is nothing else to ask. PayPal does not say that it compares contents, so what comes back is compared here: an answer that is
/// a replay and tells of other money or another reference stands for an earlier, different request, and is unknown.
/// Source: developer.paypal.com/reference/guidelines/idempotency.
/// </remarks>
internal sealed class PayPalAcquirer(PayPalClient client, PayPalOutcomes outcomes, PayPalReads reads, PayPalDisputes disputes) : IApprovalAcquirer
{
    public const string ProviderName = "paypal";

    private const string Orders = "/v2/checkout/orders";
    private const string Authorizations = "/v2/payments/authorizations";

    public string Name => ProviderName;

    public string RefundEvidence => "PROOF_OF_REFUND";

    /// <summary>Orders keeps request ids for 6 hours, Payments for 45 days: the shorter one is the promise.</summary>
    public TimeSpan? RepeatsAnswerFor => TimeSpan.FromHours(6);

    public async ValueTask<ProviderOutcome<AcquirerPayment>> AuthorizeAsync(AuthorizationRequest request, CancellationToken cancellationToken)
    {
        const string operation = "authorize";
        PayPalIds.RequireReference(request.OurReference);
        string requestId = PayPalIds.RequestId(request.IdempotencyKey, "order");
        if (!PayPalAmounts.TryToPayPal(request.MinorUnits, request.Currency, out string value, out string? refusal))
        {
            return outcomes.Refused<AcquirerPayment>(operation, refusal!);
        }

        if (!PayPalIds.IsVaultId(request.PaymentSource))
        {
            return outcomes.Refused<AcquirerPayment>(operation, PayPalRefusals.InvalidPaymentMethod);
        }

        if (request.IsApprovedByPayer && (request.ReturnUrl is null || request.CancelUrl is null))
        {
            return outcomes.Refused<AcquirerPayment>(operation, PayPalRefusals.NowhereToReturn);
        }

        PayPalOrder? order = null;
        PayPalCall call = client.Post(operation, CallKind.RepeatableMoney, Orders, PayPalBodies.Order(request, value), requestId);
        ProviderAttempt attempt = await client.SendAsync(call, cancellationToken);
        ProviderOutcome<AcquirerPayment> outcome = outcomes.Outcome(call, attempt, json => (order = PayPalOrder.Read(json)) is { } read ? Judge(read, request, attempt) : null);
        return outcome is ProviderOutcome<AcquirerPayment>.Accepted && order is { IsToBeExecuted: true } approved && !request.IsApprovedByPayer
            ? await ExecuteAsync(request, approved.Id, cancellationToken)
            : outcome;
    }

    public async ValueTask<ProviderOutcome<AcquirerPayment>> CompleteAsync(AuthorizationRequest request, string paymentId, CancellationToken cancellationToken)
    {
        PayPalIds.RequireReference(request.OurReference);
        return PayPalIds.IsId(paymentId)
            ? await ExecuteAsync(request, paymentId, cancellationToken)
            : outcomes.Refused<AcquirerPayment>("execute", PayPalRefusals.InvalidPayment);
    }

    public async ValueTask<ProviderOutcome<AcquirerPayment>> CaptureAsync(CaptureRequest request, CancellationToken cancellationToken)
    {
        const string operation = "capture";
        string requestId = PayPalIds.RequestId(request.IdempotencyKey, "capture");
        if (!PayPalAmounts.TryToPayPal(request.MinorUnits, request.Currency, out string value, out string? refusal))
        {
            return outcomes.Refused<AcquirerPayment>(operation, refusal!);
        }

        (PayPalOrder? order, ProviderOutcome<AcquirerPayment>? stop) = await AuthorizedAsync(operation, request.PaymentId, cancellationToken);
        if (order is null)
        {
            return stop!;
        }

        string path = $"{Authorizations}/{order.Authorization!.Id}/capture";
        PayPalCall call = client.Post(operation, CallKind.RepeatableMoney, path, PayPalBodies.Capture(request, value), requestId);
        ProviderAttempt attempt = await client.SendAsync(call, cancellationToken);
        return outcomes.Outcome<AcquirerPayment>(call, attempt, json => PayPalPart.Read(json) switch
        {
            null => null,
            { } made when IsReplay(attempt) && (made.MinorUnits, made.Currency) != (request.MinorUnits, request.Currency) => OtherContent<AcquirerPayment>(),
            { IsFailed: true } failed => new ProviderOutcome<AcquirerPayment>.Declined(PayPalPayments.FailureCode(failed), "The capture was declined."),
            { } made => Accepted(order.With(made, request.IsFinal || Exhausts(order, made))),
        });
    }

    public async ValueTask<ProviderOutcome<AcquirerPayment>> VoidAsync(string paymentId, string idempotencyKey, CancellationToken cancellationToken)
    {
        const string operation = "void";

        // PayPal has no request id for this: the state is the guard. The key is checked all the same, for a caller that has none is wrong.
        _ = PayPalIds.RequestId(idempotencyKey, operation);
        (PayPalOrder? order, ProviderOutcome<AcquirerPayment>? stop) = await AuthorizedAsync(operation, paymentId, cancellationToken);
        if (order is null || order.Authorization is { Status: "VOIDED" })
        {
            return stop ?? Accepted(order!);
        }

        PayPalCall call = client.Post(operation, CallKind.RepeatableMoney, $"{Authorizations}/{order.Authorization!.Id}/void", PayPalBodies.Empty, requestId: null);
        ProviderAttempt attempt = await client.SendAsync(call, cancellationToken);
        if (PayPalErrors.Read(attempt) is { Issue: "PREVIOUSLY_VOIDED" })
        {
            return await reads.OrderAsync(operation, paymentId, cancellationToken) is ProviderLookup<PayPalOrder>.Found { Value: var voided }
                ? Accepted(voided)
                : Accepted(order.With(order.Authorization with { Status = "VOIDED" }));
        }

        return outcomes.Outcome(call, attempt, json => PayPalPart.Read(json) is { } made ? Accepted(order.With(made)) : null);
    }

    public async ValueTask<ProviderLookup<AcquirerPayment>> GetPaymentAsync(string paymentId, CancellationToken cancellationToken)
        => Map(await reads.OrderAsync("get_payment", paymentId, cancellationToken), PayPalPayments.Of);

    /// <summary>Always unavailable: there is no list of orders, and the transaction search lags by hours. <see cref="RepeatsAnswerFor"/> is the way.</summary>
    public ValueTask<ProviderLookup<AcquirerPayment>> FindPaymentAsync(string ourReference, DateTimeOffset notBefore, CancellationToken cancellationToken)
        => ValueTask.FromResult(outcomes.Unavailable<AcquirerPayment>("find_payment", "PayPal keeps no list of orders: repeat the request under its key"));

    public async ValueTask<ProviderOutcome<AcquirerRefund>> RefundAsync(RefundRequest request, CancellationToken cancellationToken)
    {
        const string operation = "refund";
        PayPalIds.RequireReference(request.OurReference);
        string requestId = PayPalIds.RequestId(request.IdempotencyKey, operation);
        if (!PayPalAmounts.TryToPayPal(request.MinorUnits, request.Currency, out string value, out string? refusal))
        {
            return outcomes.Refused<AcquirerRefund>(operation, refusal!);
        }

        string? captureId = request.CaptureId;
        if (captureId is null)
        {
            ProviderLookup<PayPalOrder> lookup = await reads.OrderAsync(operation, request.PaymentId, cancellationToken);
            if (lookup is not ProviderLookup<PayPalOrder>.Found { Value: var order })
            {
                return outcomes.NotSent<AcquirerRefund>(operation, "the payment cannot be read");
            }

            string[] captures = [.. order.Captures.Where(capture => capture.IsTaken).Select(capture => capture.Id)];
            captureId = captures.Length == 1 ? captures[0] : null;
        }

        if (captureId is null || !PayPalIds.IsId(captureId))
        {
            return outcomes.Refused<AcquirerRefund>(operation, captureId is null ? PayPalRefusals.CaptureNotNamed : PayPalRefusals.InvalidCapture);
        }

        PayPalCall call = client.Post(operation, CallKind.RepeatableMoney, $"/v2/payments/captures/{captureId}/refund", PayPalBodies.Refund(request, value), requestId);
        ProviderAttempt attempt = await client.SendAsync(call, cancellationToken);
        return outcomes.Outcome<AcquirerRefund>(call, attempt, json => PayPalPart.Read(json) switch
        {
            null => null,
            { } made when IsReplay(attempt) && (made.MinorUnits, made.Currency, made.CustomId) != (request.MinorUnits, request.Currency, request.OurReference)
                => OtherContent<AcquirerRefund>(),
            { } made => new ProviderOutcome<AcquirerRefund>.Accepted(PayPalRefunds.Of(made, request.PaymentId)),
        });
    }

    public async ValueTask<ProviderLookup<AcquirerRefund>> GetRefundAsync(string refundId, CancellationToken cancellationToken)
    {
        const string operation = "get_refund";
        (PayPalPart Refund, string Capture)[] read = [];
        ProviderLookup<string> capture = await reads.ReadAsync(
            operation,
            "/v2/payments/refunds/",
            refundId,
            json =>
            {
                string? of = PayPalRefunds.CaptureOf(json);
                read = of is not null && PayPalPart.Read(json) is { } part ? [(part, of)] : [];
                return read.Length == 1 ? of : null;
            },
            cancellationToken);
        return capture is ProviderLookup<string>.Found
            ? Map(await reads.OrderOfCaptureAsync(operation, read[0].Capture, cancellationToken), payment => PayPalRefunds.Of(read[0].Refund, payment))
            : Map<string, AcquirerRefund>(capture, _ => throw new System.Diagnostics.UnreachableException());
    }

    public async ValueTask<ProviderLookup<AcquirerRefund>> FindRefundAsync(string paymentId, string ourReference, CancellationToken cancellationToken)
    {
        const string operation = "find_refund";
        ProviderLookup<PayPalOrder> lookup = await reads.OrderAsync(operation, paymentId, cancellationToken);
        return lookup is not ProviderLookup<PayPalOrder>.Found { Value: var order }
            ? Map<PayPalOrder, AcquirerRefund>(lookup, _ => throw new System.Diagnostics.UnreachableException())
            : order.Refunds.FirstOrDefault(refund => refund.CustomId == ourReference) is { } found
                ? outcomes.Found(operation, PayPalRefunds.Of(found, paymentId))
                : outcomes.NotFound<AcquirerRefund>(operation);
    }

    public ValueTask<ProviderLookup<AcquirerDispute>> GetDisputeAsync(string disputeId, CancellationToken cancellationToken)
        => disputes.GetAsync(disputeId, cancellationToken);

    public ValueTask<ProviderOutcome<AcquirerDispute>> SubmitEvidenceAsync(
        string disputeId, IReadOnlyDictionary<string, string> evidence, string idempotencyKey, CancellationToken cancellationToken)
        => disputes.SubmitAsync(disputeId, evidence, idempotencyKey, cancellationToken);

    /// <summary>An order that is approved and uncharged is charged by a second request, under a key of its own.</summary>
    private async ValueTask<ProviderOutcome<AcquirerPayment>> ExecuteAsync(AuthorizationRequest request, string orderId, CancellationToken cancellationToken)
    {
        string verb = request.Capture == CaptureMode.Automatic ? "capture" : "authorize";
        string requestId = PayPalIds.RequestId(request.IdempotencyKey, verb);
        PayPalCall call = client.Post("execute", CallKind.RepeatableMoney, $"{Orders}/{orderId}/{verb}", PayPalBodies.Empty, requestId);
        ProviderAttempt attempt = await client.SendAsync(call, cancellationToken);
        if (PayPalErrors.Read(attempt) is { Issue: "ORDER_ALREADY_CAPTURED" or "ORDER_ALREADY_AUTHORIZED" })
        {
            call = client.Get("execute", $"{Orders}/{orderId}");
            attempt = await client.SendAsync(call, cancellationToken);
            return attempt.IsSuccess
                ? outcomes.Outcome(call, attempt, json => PayPalOrder.Read(json) is { } done ? Judge(done, request, attempt) : null)
                : new ProviderOutcome<AcquirerPayment>.Unknown($"the order was charged before and cannot be read: {attempt.Reason}");
        }

        return outcomes.Outcome(call, attempt, json => PayPalOrder.Read(json) is { } done ? Judge(done, request, attempt) : null);
    }

    /// <summary>The order with its authorisation, or the outcome that ends the operation: nothing has been sent then.</summary>
    private async ValueTask<(PayPalOrder? Order, ProviderOutcome<AcquirerPayment>? Stop)> AuthorizedAsync(
        string operation, string paymentId, CancellationToken cancellationToken)
    {
        if (!PayPalIds.IsId(paymentId))
        {
            return (null, outcomes.Refused<AcquirerPayment>(operation, PayPalRefusals.InvalidPayment));
        }

        // "No such order" is of an order that PayPal named itself: it may be late, so the step is to be tried again.
        return await reads.OrderAsync(operation, paymentId, cancellationToken) is not ProviderLookup<PayPalOrder>.Found { Value: var order }
            ? (null, outcomes.NotSent<AcquirerPayment>(operation, "the payment cannot be read"))
            : order.Authorization is null ? (null, outcomes.Refused<AcquirerPayment>(operation, PayPalRefusals.NothingAuthorized))
            : (order, null);
    }

    private static ProviderOutcome<AcquirerPayment> Judge(PayPalOrder order, AuthorizationRequest request, ProviderAttempt attempt)
    {
        if (IsReplay(attempt) && (order.MinorUnits, order.Currency, order.CustomId) != (request.MinorUnits, request.Currency, request.OurReference))
        {
            return OtherContent<AcquirerPayment>();
        }

        // Nobody is there to approve the charge of a stored wallet: one that waits for its payer is never charged, for only we could ask for it.
        AcquirerPayment payment = PayPalPayments.Of(order);
        return payment.Status switch
        {
            AcquirerPaymentStatus.Failed => new ProviderOutcome<AcquirerPayment>.Declined(payment.FailureCode ?? payment.RawStatus, "The payment was declined."),
            AcquirerPaymentStatus.RequiresAction when !request.IsApprovedByPayer
                => new ProviderOutcome<AcquirerPayment>.Declined("PAYER_ACTION_REQUIRED", "The payer would have to approve the payment."),
            _ => new ProviderOutcome<AcquirerPayment>.Accepted(payment),
        };
    }

    /// <summary>The first answer is 201; what was made by an earlier request comes back with 200.</summary>
    private static bool IsReplay(ProviderAttempt attempt) => attempt.Status == 200;

    private static bool Exhausts(PayPalOrder order, PayPalPart made)
        => order.Captures.Where(item => item.Id != made.Id && (item.IsTaken || item.IsPending)).Aggregate(made.MinorUnits, (sum, item) => sum + item.MinorUnits)
            >= order.Authorization!.MinorUnits;

    private static ProviderOutcome<AcquirerPayment>.Accepted Accepted(PayPalOrder order) => new(PayPalPayments.Of(order));

    private static ProviderOutcome<T>.Unknown OtherContent<T>() => new("the idempotency key was used before with other content");

    private static ProviderLookup<TTo> Map<TFrom, TTo>(ProviderLookup<TFrom> lookup, Func<TFrom, TTo> map) => lookup switch
    {
        ProviderLookup<TFrom>.Found found => new ProviderLookup<TTo>.Found(map(found.Value)),
        ProviderLookup<TFrom>.NotFound => new ProviderLookup<TTo>.NotFound(),
        ProviderLookup<TFrom>.Unavailable unavailable => new ProviderLookup<TTo>.Unavailable(unavailable.Reason),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
