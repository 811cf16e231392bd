using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Payments;

/// <summary><c>POST /payments/{id}/complete</c>: the payer has come back; asks the acquirer now. The body is an empty object.</summary>
internal sealed class CompletePayment : IEndpoint
{
    internal sealed record CompletePaymentRequest;

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/payments/{id}/complete", HandleAsync)
        .WithTags("Payments").WithSummary("Asks the acquirer whether the payer has acted").WithName("complete_payment")
        .RequireAuthorization(IdentityPolicies.User).Accepts<CompletePaymentRequest>("application/json").Produces<PaymentResponse>()
        .Answers(ProblemCode.Forbidden, ProblemCode.NotFound, ProblemCode.OutcomeUnknown);

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

        PaymentOutcome<Payment> outcome = await payments.CompleteAsync(merchant, paymentId, cancellationToken);
        return outcome.ToResult(
            "payment", PaymentResponse.Of, payment => payment.OutcomeUnknown, payment => $"/payments/{payment.Id}", StatusCodes.Status200OK);
    }
}
