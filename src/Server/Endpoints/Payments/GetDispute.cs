using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Payments;

/// <summary><c>GET /disputes/{id}</c>.</summary>
internal sealed class GetDispute : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/disputes/{id}", HandleAsync)
        .WithTags("Payments").WithSummary("Shows a dispute").WithName("get_dispute").RequireAuthorization(IdentityPolicies.User)
        .Produces<DisputeResponse>().Answers(ProblemCode.Forbidden, ProblemCode.NotFound);

    private static async Task<IResult> HandleAsync(HttpContext context, string id, IPayments payments, CancellationToken cancellationToken)
    {
        if (!context.TryGetMerchant(out MerchantCaller merchant, out IResult? forbidden))
        {
            return forbidden!;
        }

        return Guid.TryParseExact(id, "D", out Guid disputeId)
            && await payments.GetDisputeAsync(merchant.MerchantId, disputeId, cancellationToken) is { } dispute
            ? Results.Json(DisputeResponse.Of(dispute), JsonConventions.Options)
            : Problems.NotFound("dispute");
    }
}
