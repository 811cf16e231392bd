using Florin.Providers.Resilience;

namespace Florin.Providers.Stripe;

/// <summary>Stripe as an acquirer for merchants: payment intents with manual or automatic capture, and their refunds. Thread-safe.</summary>
/// <remarks>
/// Several captures of one authorisation take Stripe's multicapture, which is asked for with every authorisation that is not captured at once. Whether
/// the account and the card's network have it is Stripe's to say: it declines a capture that is not final where they do not.
/// Payment sources are cards. A payment that needs the payer's authentication waits for it when there is an address that the payer returns to, and is
/// declined otherwise, because nobody is there to give it.
/// </remarks>
internal sealed class StripeAcquirer(StripeClient client, StripeOutcomes outcomes, StripeSearch search, StripeDisputes disputes) : IAcquirer
{
    private const string Intents = "/v1/payment_intents";
    private const string Refunds = "/v1/refunds";
    private const string NotAPayment = "not the provider's id of a payment";

    public string Name => StripePaymentProvider.ProviderName;

    /// <summary>Why the payer is entitled to no further refund.</summary>
    public string RefundEvidence => "refund_refusal_explanation";

    public async ValueTask<ProviderOutcome<AcquirerPayment>> AuthorizeAsync(AuthorizationRequest request, CancellationToken cancellationToken)
    {
        const string operation = "authorize";
        StripeIds.RequireReference(request.OurReference);
        if (Refusal(request, out long amount) is { } refusal)
        {
            return outcomes.Refused<AcquirerPayment>(operation, refusal);
        }

        ProviderCall call = client.Post(operation, CallKind.Money, Intents, Form(request, amount), request.IdempotencyKey);
        return outcomes.Outcome(call, await client.SendAsync(call, cancellationToken), StripeAcquirerObjects.Payment);
    }

    public async ValueTask<ProviderOutcome<AcquirerPayment>> CaptureAsync(CaptureRequest request, CancellationToken cancellationToken)
    {
        const string operation = "capture";
        if (!StripeCurrencies.TryToStripe(request.MinorUnits, request.Currency, StripeUse.Charge, out long amount, out string? refusal))
        {
            return outcomes.Refused<AcquirerPayment>(operation, refusal!);
        }

        if (!StripeIds.IsPayment(request.PaymentId))
        {
            return outcomes.Refused<AcquirerPayment>(operation, StripeRefusals.InvalidPayment);
        }

        StripeForm form = new StripeForm().Add("amount_to_capture", amount);
        form = StripeAcquirerObjects.WithCharge(request.IsFinal ? form : form.Add("final_capture", value: false));
        ProviderCall call = client.Post(operation, CallKind.Money, $"{Intents}/{request.PaymentId}/capture", form, request.IdempotencyKey);
        return outcomes.Outcome(call, await client.SendAsync(call, cancellationToken), StripeAcquirerObjects.Payment);
    }

    public async ValueTask<ProviderOutcome<AcquirerPayment>> VoidAsync(string paymentId, string idempotencyKey, CancellationToken cancellationToken)
    {
        const string operation = "void";
        if (!StripeIds.IsPayment(paymentId))
        {
            return outcomes.Refused<AcquirerPayment>(operation, StripeRefusals.InvalidPayment);
        }

        StripeForm form = StripeAcquirerObjects.WithCharge(new StripeForm().Add("cancellation_reason", "requested_by_customer"));
        ProviderCall call = client.Post(operation, CallKind.Money, $"{Intents}/{paymentId}/cancel", form, idempotencyKey);
        return outcomes.Outcome(call, await client.SendAsync(call, cancellationToken), StripeAcquirerObjects.Payment);
    }

    public async ValueTask<ProviderLookup<AcquirerPayment>> GetPaymentAsync(string paymentId, CancellationToken cancellationToken)
    {
        const string operation = "get_acquired_payment";
        if (!StripeIds.IsPayment(paymentId))
        {
            return outcomes.Unavailable<AcquirerPayment>(operation, NotAPayment);
        }

        ProviderCall call = client.Get(operation, $"{Intents}/{paymentId}", StripeAcquirerObjects.WithCharge(new StripeForm()));
        return outcomes.Lookup(call, await client.SendAsync(call, cancellationToken), StripeAcquirerObjects.Payment);
    }

    public ValueTask<ProviderLookup<AcquirerPayment>> FindPaymentAsync(
        string ourReference, DateTimeOffset notBefore, CancellationToken cancellationToken) =>
        search.AcquiredAsync(ourReference, notBefore, cancellationToken);

    public async ValueTask<ProviderOutcome<AcquirerRefund>> RefundAsync(RefundRequest request, CancellationToken cancellationToken)
    {
        const string operation = "refund";
        StripeIds.RequireReference(request.OurReference);
        if (!StripeCurrencies.TryToStripe(request.MinorUnits, request.Currency, StripeUse.Charge, out long amount, out string? refusal))
        {
            return outcomes.Refused<AcquirerRefund>(operation, refusal!);
        }

        if (!StripeIds.IsPayment(request.PaymentId))
        {
            return outcomes.Refused<AcquirerRefund>(operation, StripeRefusals.InvalidPayment);
        }

        StripeForm form = new StripeForm()
            .Add("payment_intent", request.PaymentId)
            .Add("amount", amount)
            .AddField("metadata", StripeObjects.ReferenceKey, request.OurReference);
        ProviderCall call = client.Post(operation, CallKind.Money, Refunds, form, request.IdempotencyKey);
        return outcomes.Outcome(call, await client.SendAsync(call, cancellationToken), StripeAcquirerObjects.Refund);
    }

    public async ValueTask<ProviderLookup<AcquirerRefund>> GetRefundAsync(string refundId, CancellationToken cancellationToken)
    {
        const string operation = "get_refund";
        if (!StripeIds.IsRefund(refundId))
        {
            return outcomes.Unavailable<AcquirerRefund>(operation, "not the provider's id of a refund");
        }

        ProviderCall call = client.Get(operation, $"{Refunds}/{refundId}");
        return outcomes.Lookup(call, await client.SendAsync(call, cancellationToken), StripeAcquirerObjects.Refund);
    }

    public async ValueTask<ProviderLookup<AcquirerRefund>> FindRefundAsync(string paymentId, string ourReference, CancellationToken cancellationToken) =>
        StripeIds.IsPayment(paymentId)
            ? await search.RefundAsync(paymentId, ourReference, cancellationToken)
            : outcomes.Unavailable<AcquirerRefund>("find_refund", NotAPayment);

    public ValueTask<ProviderLookup<AcquirerDispute>> GetDisputeAsync(string disputeId, CancellationToken cancellationToken) =>
        disputes.GetAsync(disputeId, cancellationToken);

    public ValueTask<ProviderOutcome<AcquirerDispute>> SubmitEvidenceAsync(
        string disputeId, IReadOnlyDictionary<string, string> evidence, string idempotencyKey, CancellationToken cancellationToken) =>
        disputes.SubmitAsync(disputeId, evidence, idempotencyKey, cancellationToken);

    private static string? Refusal(AuthorizationRequest request, out long amount)
    {
        if (!StripeCurrencies.TryToStripe(request.MinorUnits, request.Currency, StripeUse.Charge, out amount, out string? refusal))
        {
            return refusal;
        }

        return !StripeSource.Of(request.PaymentSource).IsGood ? StripeRefusals.InvalidPaymentMethod
            : request.CustomerId is { } customer && !StripeIds.IsCustomer(customer) ? StripeRefusals.InvalidCustomer
            : null;
    }

    /// <summary>Nothing of the form depends on the time or on chance: a repeat under the same key must be the same request.</summary>
    private static StripeForm Form(AuthorizationRequest request, long amount)
    {
        StripeForm form = new StripeForm().Add("amount", amount).Add("currency", request.Currency.ToLowerInvariant());
        StripeSource source = StripeSource.Of(request.PaymentSource);
        form = (request.CustomerId ?? source.CustomerId) is { } customer ? form.Add("customer", customer) : form;
        form = form
            .Add("payment_method", source.PaymentMethodId)
            .AddItem("payment_method_types", StripeObjects.CardType)
            .Add("capture_method", request.Capture switch
            {
                CaptureMode.Automatic => "automatic",
                CaptureMode.Manual => "manual",
                _ => throw new System.Diagnostics.UnreachableException(),
            })
            .Add("confirm", value: true);
        form = request.ReturnUrl is { } returnUrl ? form.Add("return_url", returnUrl) : form.Add("error_on_requires_action", value: true);
        form = request.Capture == CaptureMode.Manual ? form.Add("payment_method_options[card][request_multicapture]", "if_available") : form;
        form = request.Description is { } description ? form.Add("description", description) : form;
        return StripeAcquirerObjects.WithCharge(form.AddField("metadata", StripeObjects.ReferenceKey, request.OurReference));
    }
}
