using Florin.Identity;
using Florin.Payments;
using Florin.Server.Endpoints.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.PaymentSources;

/// <summary><c>GET /payment-sources/{id}</c>.</summary>
internal sealed class GetPaymentSource : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/payment-sources/{id}", HandleAsync)
        .WithTags("Payments").WithSummary("Shows a payment source").WithName("get_payment_source").RequireAuthorization(IdentityPolicies.User)
        .Produces<PaymentSourceResponse>().Answers(ProblemCode.Forbidden, ProblemCode.NotFound);

    private static async Task<IResult> HandleAsync(HttpContext context, string id, IPaymentSources sources, CancellationToken cancellationToken)
    {
        if (!context.TryGetMerchant(out MerchantCaller merchant, out IResult? forbidden))
        {
            return forbidden!;
        }

        return Guid.TryParseExact(id, "D", out Guid sourceId) && await sources.GetAsync(merchant.MerchantId, sourceId, cancellationToken) is { } source
            ? Results.Json(PaymentSourceResponse.Of(source), JsonConventions.Options)
            : Problems.NotFound("payment source");
    }
}
