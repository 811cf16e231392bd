using Florin.Identity;
using Florin.Payments;
using Florin.Server.Endpoints.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.PaymentSources;

/// <summary><c>POST /payment-sources/{id}/complete</c>: the payer has come back; asks the acquirer now. The body is an empty object.</summary>
internal sealed class CompletePaymentSource : IEndpoint
{
    internal sealed record CompletePaymentSourceRequest;

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/payment-sources/{id}/complete", HandleAsync)
        .WithTags("Payments").WithSummary("Asks the acquirer whether the payer has agreed").WithName("complete_payment_source")
        .RequireAuthorization(IdentityPolicies.User).Accepts<CompletePaymentSourceRequest>("application/json").Produces<PaymentSourceResponse>()
        .Answers(ProblemCode.Forbidden, ProblemCode.NotFound);

    private static async Task<IResult> HandleAsync(HttpContext context, string id, IPaymentSources sources, CancellationToken cancellationToken)
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

        return Guid.TryParseExact(id, "D", out Guid sourceId) && await sources.CompleteAsync(merchant, sourceId, cancellationToken) is { } source
            ? Results.Json(PaymentSourceResponse.Of(source), JsonConventions.Options)
            : Problems.NotFound("payment source");
    }
}
