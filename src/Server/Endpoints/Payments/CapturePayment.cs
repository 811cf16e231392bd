using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Payments;

/// <summary><c>POST /payments/{id}/capture</c>: takes what is reserved, in full or in part; what is left is given back, or stays reserved.</summary>
internal sealed class CapturePayment : IEndpoint
{
    /// <param name="Amount">Decimal string in major units; all that is reserved still when it is left out.</param>
    /// <param name="Final">Whether what is left is given back to the payer; true when it is left out. False leaves it reserved for further captures.</param>
    internal sealed record CaptureRequest(string? Amount, bool? Final);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/payments/{id}/capture", HandleAsync)
        .WithTags("Payments").WithSummary("Takes what is reserved").WithName("capture_payment").RequireAuthorization(IdentityPolicies.User)
        .RequireIdempotencyKey().Accepts<CaptureRequest>("application/json").Produces<PaymentResponse>().Answers(PaymentAnswers.Codes);

    private static async Task<IResult> HandleAsync(HttpContext context, string id, IPayments payments, CancellationToken cancellationToken)
    {
        if (!context.TryGetMerchant(out MerchantCaller merchant, out IResult? forbidden))
        {
            return forbidden!;
        }

        if (!Guid.TryParseExact(id, "D", out Guid paymentId)
            || await payments.GetAsync(merchant.MerchantId, paymentId, cancellationToken) is not { } payment)
        {
            return Problems.NotFound("payment");
        }

        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        UInt128? amount = body.OptionalAmount(payment.Amount.Asset);
        bool isFinal = body.OptionalFlag("final") ?? true;
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        PaymentOutcome<Payment> outcome = await payments.CaptureAsync(merchant, IdempotencyKey.Of(context), paymentId, amount, isFinal, cancellationToken);
        return outcome.ToResult(
            "payment", PaymentResponse.Of, captured => captured.OutcomeUnknown, captured => $"/payments/{captured.Id}", StatusCodes.Status200OK);
    }
}
