using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Payments;

/// <summary><c>POST /payments/{id}/void</c>: gives back what is reserved and not captured, or cancels what waits for its payer. The body is an empty object.</summary>
internal sealed class VoidPayment : IEndpoint
{
    internal sealed record VoidRequest;

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/payments/{id}/void", HandleAsync)
        .WithTags("Payments").WithSummary("Gives back what is reserved").WithName("void_payment").RequireAuthorization(IdentityPolicies.User)
        .RequireIdempotencyKey().Accepts<VoidRequest>("application/json").Produces<PaymentResponse>().Answers(PaymentAnswers.Codes);

    private static async Task<IResult> HandleAsync(HttpContext context, string id, IPayments payments, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        if (!context.TryGetMerchant(out MerchantCaller merchant, out IResult? forbidden))
        {
            return forbidden!;
        }

        if (!Guid.TryParseExact(id, "D", out Guid paymentId))
        {
            return Problems.NotFound("payment");
        }

        PaymentOutcome<Payment> outcome = await payments.VoidAsync(merchant, IdempotencyKey.Of(context), paymentId, cancellationToken);
        return outcome.ToResult(
            "payment", PaymentResponse.Of, voided => voided.OutcomeUnknown, voided => $"/payments/{voided.Id}", StatusCodes.Status200OK);
    }
}
