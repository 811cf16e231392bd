using Florin.Identity;
using Florin.Payments;
using Florin.Providers;
using Florin.Server.Endpoints.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.PaymentSources;

/// <summary><c>POST /payment-sources</c>: stores a payer's payment method, with the payer's agreement at the acquirer.</summary>
internal sealed class BeginPaymentSource : IEndpoint
{
    private const int AcquirerLengthMax = 30;

    /// <param name="Acquirer">One that keeps payment methods: <c>paypal</c>.</param>
    /// <param name="ReturnUrl">Where the payer's browser returns to after agreeing: an https address.</param>
    /// <param name="CancelUrl">Where it returns to otherwise.</param>
    internal sealed record PaymentSourceSetupRequest(string Acquirer, string ReturnUrl, string CancelUrl);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/payment-sources", HandleAsync)
        .WithTags("Payments").WithSummary("Stores a payer's payment method").WithName("begin_payment_source").RequireAuthorization(IdentityPolicies.User)
        .RequireIdempotencyKey().Accepts<PaymentSourceSetupRequest>("application/json").Produces<PaymentSourceResponse>(StatusCodes.Status201Created)
        .Answers(PaymentAnswers.Codes);

    private static async Task<IResult> HandleAsync(
        HttpContext context, IPaymentSources sources, IEnumerable<ISourceVault> vaults, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        string acquirer = body.Text("acquirer", 1, AcquirerLengthMax);
        if (acquirer.Length > 0 && vaults.All(vault => vault.Name != acquirer))
        {
            body.AddError("acquirer", "is not an acquirer that is configured and stores payment methods");
        }

        string returnUrl = body.ReturnUrl("return_url") ?? body.Text("return_url", 1, PaymentOrder.ReturnUrlLengthMax);
        string cancelUrl = body.ReturnUrl("cancel_url") ?? body.Text("cancel_url", 1, PaymentOrder.ReturnUrlLengthMax);
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        if (!context.TryGetMerchant(out MerchantCaller merchant, out IResult? forbidden))
        {
            return forbidden!;
        }

        PaymentOutcome<PaymentSource> outcome = await sources.BeginAsync(
            merchant, IdempotencyKey.Of(context), new PaymentSourceOrder(acquirer, returnUrl, cancelUrl), cancellationToken);
        return outcome.ToResult(
            "payment source", PaymentSourceResponse.Of, source => source.Status == "created", source => $"/payment-sources/{source.Id}", StatusCodes.Status201Created);
    }
}
