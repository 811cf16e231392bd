using Florin.Providers.Resilience;

namespace Florin.Providers.Stripe;

/// <summary>Stripe as a payment provider. The same code for the real service and for the sandbox. Thread-safe.</summary>
/// <remarks>
/// The repeat policy is in <see cref="RetryPlan"/>, the meaning of answers in <see cref="StripeOutcomes"/>. In short: a charge or a payout whose answer is
/// lost is never sent again from here; it is unknown, and the caller asks by reference. Source: <c>docs.stripe.com/api/idempotent_requests</c>.
/// </remarks>
internal sealed class StripePaymentProvider(
    StripeClient client, StripeOutcomes outcomes, StripeSearch search, StripeEventFeed events, StripeWebhookVerifier webhooks) : IPaymentProvider
{
    public const string ProviderName = "stripe";

    private const string BankDebitCurrency = "USD";

    public string Name => ProviderName;

    public async ValueTask<ProviderOutcome<string>> CreateCustomerAsync(CustomerRequest request, CancellationToken cancellationToken)
    {
        StripeIds.RequireReference(request.OurReference);
        StripeForm form = new StripeForm().AddField("metadata", StripeObjects.ReferenceKey, request.OurReference);
        ProviderCall call = client.Post("create_customer", CallKind.Change, "/v1/customers", form, request.IdempotencyKey);
        return outcomes.Outcome(call, await client.SendAsync(call, cancellationToken), StripeObjects.CustomerId);
    }

    public async ValueTask<ProviderOutcome<ProviderPaymentMethod>> AttachPaymentMethodAsync(
        string paymentMethodToken, string customerId, string idempotencyKey, CancellationToken cancellationToken)
    {
        const string operation = "attach_payment_method";
        if (!StripeIds.IsPaymentMethod(paymentMethodToken))
        {
            return outcomes.Refused<ProviderPaymentMethod>(operation, StripeRefusals.InvalidPaymentMethod);
        }

        if (!StripeIds.IsCustomer(customerId))
        {
            return outcomes.Refused<ProviderPaymentMethod>(operation, StripeRefusals.InvalidCustomer);
        }

        StripeForm form = new StripeForm().Add("customer", customerId);
        ProviderCall call = client.Post(operation, CallKind.Change, $"/v1/payment_methods/{paymentMethodToken}/attach", form, idempotencyKey);
        return outcomes.Outcome(call, await client.SendAsync(call, cancellationToken), StripeObjects.PaymentMethod);
    }

    public async ValueTask<ProviderOutcome<ProviderPaymentMethod>> DetachPaymentMethodAsync(
        string paymentMethodId, string idempotencyKey, CancellationToken cancellationToken)
    {
        const string operation = "detach_payment_method";
        if (!StripeIds.IsPaymentMethod(paymentMethodId))
        {
            return outcomes.Refused<ProviderPaymentMethod>(operation, StripeRefusals.InvalidPaymentMethod);
        }

        ProviderCall call = client.Post(operation, CallKind.Change, $"/v1/payment_methods/{paymentMethodId}/detach", new StripeForm(), idempotencyKey);
        return outcomes.Outcome(call, await client.SendAsync(call, cancellationToken), StripeObjects.PaymentMethod);
    }

    public async ValueTask<ProviderOutcome<ProviderPayment>> ChargeAsync(ChargeRequest request, CancellationToken cancellationToken)
    {
        const string operation = "charge";
        StripeIds.RequireReference(request.OurReference);
        if (Refusal(request, out long amount) is { } refusal)
        {
            return outcomes.Refused<ProviderPayment>(operation, refusal);
        }

        ProviderCall call = client.Post(operation, CallKind.Money, "/v1/payment_intents", ChargeForm(request, amount), request.IdempotencyKey);
        return outcomes.Outcome(call, await client.SendAsync(call, cancellationToken), StripeObjects.Payment);
    }

    public async ValueTask<ProviderLookup<ProviderPayment>> GetPaymentAsync(string paymentId, CancellationToken cancellationToken)
    {
        const string operation = "get_payment";
        if (!StripeIds.IsPayment(paymentId))
        {
            return outcomes.Unavailable<ProviderPayment>(operation, "not the provider's id of a payment");
        }

        ProviderCall call = client.Get(operation, $"/v1/payment_intents/{paymentId}");
        return outcomes.Lookup(call, await client.SendAsync(call, cancellationToken), StripeObjects.Payment);
    }

    public async ValueTask<ProviderLookup<ProviderPayment>> FindPaymentAsync(
        string ourReference, string customerId, DateTimeOffset notBefore, CancellationToken cancellationToken)
    {
        return StripeIds.IsCustomer(customerId)
            ? await search.PaymentAsync(ourReference, customerId, notBefore, cancellationToken)
            : outcomes.Unavailable<ProviderPayment>("find_payment", "not the provider's id of a customer");
    }

    public async ValueTask<ProviderOutcome<ProviderPayout>> CreatePayoutAsync(PayoutRequest request, CancellationToken cancellationToken)
    {
        const string operation = "create_payout";
        StripeIds.RequireReference(request.OurReference);
        if (!StripeCurrencies.TryToStripe(request.MinorUnits, request.Currency, StripeUse.Payout, out long amount, out string? refusal))
        {
            return outcomes.Refused<ProviderPayout>(operation, refusal!);
        }

        if (!StripeIds.IsDestination(request.Destination))
        {
            return outcomes.Refused<ProviderPayout>(operation, StripeRefusals.InvalidDestination);
        }

        StripeForm form = new StripeForm()
            .Add("amount", amount)
            .Add("currency", request.Currency.ToLowerInvariant())
            .Add("destination", request.Destination)
            .Add("method", "standard")
            .AddField("metadata", StripeObjects.ReferenceKey, request.OurReference);
        ProviderCall call = client.Post(operation, CallKind.Money, "/v1/payouts", form, request.IdempotencyKey);
        return outcomes.Outcome(call, await client.SendAsync(call, cancellationToken), StripeObjects.Payout);
    }

    public async ValueTask<ProviderLookup<ProviderPayout>> GetPayoutAsync(string payoutId, CancellationToken cancellationToken)
    {
        const string operation = "get_payout";
        if (!StripeIds.IsPayout(payoutId))
        {
            return outcomes.Unavailable<ProviderPayout>(operation, "not the provider's id of a payout");
        }

        ProviderCall call = client.Get(operation, $"/v1/payouts/{payoutId}");
        return outcomes.Lookup(call, await client.SendAsync(call, cancellationToken), StripeObjects.Payout);
    }

    public async ValueTask<ProviderLookup<ProviderPayout>> FindPayoutAsync(
        string ourReference, string destination, DateTimeOffset notBefore, CancellationToken cancellationToken)
    {
        return StripeIds.IsDestination(destination)
            ? await search.PayoutAsync(ourReference, destination, notBefore, cancellationToken)
            : outcomes.Unavailable<ProviderPayout>("find_payout", "not the provider's id of a bank account or card");
    }

    public ValueTask<ProviderLookup<ProviderEventPage>> ListEventsAsync(string? cursor, CancellationToken cancellationToken)
        => events.ListAsync(cursor, cancellationToken);

    public WebhookVerification VerifyWebhook(ReadOnlyMemory<byte> body, string? signatureHeader) => webhooks.Verify(body, signatureHeader);

    private static string? Refusal(ChargeRequest request, out long amount)
    {
        if (!StripeCurrencies.TryToStripe(request.MinorUnits, request.Currency, StripeUse.Charge, out amount, out string? refusal))
        {
            return refusal;
        }

        return !StripeIds.IsPaymentMethod(request.PaymentMethodId) ? StripeRefusals.InvalidPaymentMethod
            : !StripeIds.IsCustomer(request.CustomerId) ? StripeRefusals.InvalidCustomer
            : !Enum.IsDefined(request.PaymentMethodKind) ? StripeRefusals.UnsupportedPaymentMethod
            : request.PaymentMethodKind == PaymentMethodKind.BankAccount && request.Currency != BankDebitCurrency ? StripeRefusals.UnsupportedCurrency
            : null;
    }

    /// <summary>Nothing of the form depends on the time or on chance: a repeat under the same key must be the same request.</summary>
    private static StripeForm ChargeForm(ChargeRequest request, long amount)
    {
        bool isBankDebit = request.PaymentMethodKind == PaymentMethodKind.BankAccount;
        StripeForm form = new StripeForm()
            .Add("amount", amount)
            .Add("currency", request.Currency.ToLowerInvariant())
            .Add("customer", request.CustomerId)
            .Add("payment_method", request.PaymentMethodId)
            .AddItem("payment_method_types", isBankDebit ? StripeObjects.BankAccountType : StripeObjects.CardType)
            .Add("confirm", value: true)
            .Add("off_session", value: false)
            .AddField("metadata", StripeObjects.ReferenceKey, request.OurReference);

        // A bank debit needs a mandate. The account holder gives it to us when linking the account; its text and time are our record, so it is
        // "offline" for Stripe: the online form would send the holder's address and browser.
        return isBankDebit ? form.Add("mandate_data[customer_acceptance][type]", "offline") : form;
    }
}
