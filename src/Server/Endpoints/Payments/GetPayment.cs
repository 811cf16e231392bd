using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Payments;

/// <summary><c>GET /payments/{id}</c>, with its timeline.</summary>
internal sealed class GetPayment : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/payments/{id}", HandleAsync)
        .WithTags("Payments").WithSummary("Shows a payment and what happened to it").WithName("get_payment").RequireAuthorization(IdentityPolicies.User)
        .Produces<PaymentResponse>().Answers(ProblemCode.Forbidden, ProblemCode.NotFound);

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

        PaymentEventResponse[] timeline =
            [.. (await payments.GetTimelineAsync(merchant.MerchantId, paymentId, cancellationToken)).Select(PaymentEventResponse.Of)];
        return Results.Json(PaymentResponse.Of(payment, timeline), JsonConventions.Options);
    }
}
