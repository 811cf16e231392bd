using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Payments;

/// <summary><c>GET /payments/{id}/refunds</c>: all of them, newest first.</summary>
internal sealed class ListRefunds : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/payments/{id}/refunds", HandleAsync)
        .WithTags("Payments").WithSummary("Lists the refunds of a payment").WithName("list_refunds").RequireAuthorization(IdentityPolicies.User)
        .Produces<ListResponse<RefundResponse>>().Answers(ProblemCode.Forbidden, ProblemCode.NotFound);

    private static async Task<IResult> HandleAsync(HttpContext context, string id, IPayments payments, CancellationToken cancellationToken)
    {
        if (!context.TryGetMerchant(out MerchantCaller merchant, out IResult? forbidden))
        {
            return forbidden!;
        }

        return Guid.TryParseExact(id, "D", out Guid paymentId)
            && await payments.ListRefundsAsync(merchant.MerchantId, paymentId, cancellationToken) is { } refunds
            ? Results.Json(new ListResponse<RefundResponse>([.. refunds.Select(RefundResponse.Of)], NextCursor: null), JsonConventions.Options)
            : Problems.NotFound("payment");
    }
}
