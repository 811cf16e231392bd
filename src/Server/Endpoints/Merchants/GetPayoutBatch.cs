using Florin.Identity;
using Florin.Server.Endpoints.Subscriptions;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Merchants;

/// <summary><c>GET /merchants/me/payout-batches/{id}</c>.</summary>
internal sealed class GetPayoutBatch : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/merchants/me/payout-batches/{id}", HandleAsync)
        .WithTags("Payouts").WithSummary("Shows a run of the payout schedule").WithName("get_payout_batch").RequireAuthorization(IdentityPolicies.User)
        .Produces<PayoutBatchResponse>().Answers(ProblemCode.Forbidden, ProblemCode.NotFound);

    private static Task<IResult> HandleAsync(HttpContext context, string id, IPayouts payouts, CancellationToken cancellationToken) =>
        context.FindAsync<PayoutBatch, PayoutBatchResponse>("batch", id, payouts.GetBatchAsync, PayoutBatchResponse.Of, cancellationToken);
}
