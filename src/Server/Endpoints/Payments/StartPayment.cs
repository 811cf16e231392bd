using Florin.Identity;
using Florin.Ledger;
using Florin.Payments;
using Florin.Providers;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Payments;

/// <summary><c>POST /payments</c>: takes money from a payer for the caller's business wallet, or reserves it.</summary>
internal sealed class StartPayment : IEndpoint
{
    /// <param name="Amount">Decimal string in major units, above zero.</param>
    /// <param name="PaymentSource">The provider's token of a payment method; never a card number. <c>paypal:TOKEN</c> names its acquirer; with <c>paypal:approve</c> the payer approves it there.</param>
    /// <param name="Capture"><c>automatic</c> or <c>manual</c>.</param>
    /// <param name="Obligation">What is paid once, whatever keys reach for it: an order or invoice of the caller's.</param>
    /// <param name="Description">For the provider's records; nothing personal.</param>
    /// <param name="FallbackPaymentSource">What is charged instead when it is certain that the first acquirer was not asked.</param>
    /// <param name="AllowDuplicate">True when it is meant although a payment of a moment ago is the same.</param>
    /// <param name="ReturnUrl">Where the payer's browser returns to when the bank asks for something (3-D Secure), or after approving: an https address. Without it such a payment is declined.</param>
    /// <param name="CancelUrl">Where it returns to when the payer does not approve; with <c>paypal:approve</c> only.</param>
    internal sealed record PaymentRequest(
        string Amount,
        string Currency,
        string PaymentSource,
        string Capture,
        string? Obligation,
        string? Description,
        string? FallbackPaymentSource,
        bool? AllowDuplicate,
        string? ReturnUrl,
        string? CancelUrl);

    public const string UnknownAcquirer = "names an acquirer that is not configured";

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/payments", HandleAsync)
        .WithTags("Payments").WithSummary("Takes a payment").WithName("start_payment").RequireAuthorization(IdentityPolicies.User)
        .RequireIdempotencyKey().Accepts<PaymentRequest>("application/json").Produces<PaymentResponse>(StatusCodes.Status201Created)
        .Answers([.. PaymentAnswers.Codes, ProblemCode.ObligationTaken, ProblemCode.DuplicateSuspected, ProblemCode.InvoiceDiffers]);

    private static async Task<IResult> HandleAsync(
        HttpContext context, IPayments payments, PaymentOptions options, WalletOptions wallets, IEnumerable<IAcquirer> acquirers, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        Money amount = body.Money(isSupported: asset => wallets.Currencies.Contains(asset.Code));
        string source = body.Text("payment_source", 1, PaymentOrder.PaymentSourceLengthMax);
        CaptureMode capture = body.Word<CaptureMode>("capture");
        string? obligation = body.OptionalText("obligation", 1, PaymentOrder.ObligationLengthMax);
        string? fallback = body.OptionalText("fallback_payment_source", 1, PaymentOrder.PaymentSourceLengthMax);
        foreach ((string field, string? text) in new[] { ("payment_source", source), ("fallback_payment_source", fallback) })
        {
            if (text is not null && !options.Knows(text))
            {
                body.AddError(field, UnknownAcquirer);
            }
        }

        string? description = body.OptionalText("description", 1, PaymentOrder.DescriptionLengthMax);
        bool allowsDuplicate = body.OptionalFlag("allow_duplicate") ?? false;
        string? returnUrl = body.ReturnUrl("return_url");
        string? cancelUrl = body.ReturnUrl("cancel_url");
        PaymentOrder order = new(amount, source, capture, obligation, description)
        {
            FallbackSource = fallback, AllowsDuplicate = allowsDuplicate, ReturnUrl = returnUrl, CancelUrl = cancelUrl,
        };
        CheckApproval(body, order, acquirers);
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        if (!context.TryGetMerchant(out MerchantCaller merchant, out IResult? forbidden))
        {
            return forbidden!;
        }

        PaymentOutcome<Payment> outcome = await payments.PayAsync(merchant, IdempotencyKey.Of(context), order, cancellationToken);
        return outcome.ToResult(
            "payment", PaymentResponse.Of, payment => payment.OutcomeUnknown, payment => $"/payments/{payment.Id}", StatusCodes.Status201Created);
    }

    /// <summary>A payer who approves has to come back from somewhere to somewhere.</summary>
    private static void CheckApproval(RequestBody body, PaymentOrder order, IEnumerable<IAcquirer> acquirers)
    {
        foreach ((string field, string? text) in new[] { ("payment_source", order.PaymentSource), ("fallback_payment_source", order.FallbackSource) })
        {
            if (text is not null && PaymentOrder.ApprovalAcquirer(text) is { } named && !acquirers.Any(acquirer => acquirer is IApprovalAcquirer && acquirer.Name == named))
            {
                body.AddError(field, "names an acquirer that is not configured or whose payers approve nothing");
            }
        }

        foreach ((string field, string? url) in new[] { ("return_url", order.ReturnUrl), ("cancel_url", order.CancelUrl) })
        {
            if (order.IsApproval && url is null)
            {
                body.AddError(field, "is needed for a payment that its payer approves");
            }
        }

        if (!order.IsApproval && order.CancelUrl is not null)
        {
            body.AddError("cancel_url", "is for a payment that its payer approves");
        }
    }
}
