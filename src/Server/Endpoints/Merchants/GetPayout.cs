using Florin.Identity;
using Florin.Server.Endpoints.Subscriptions;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Merchants;

/// <summary><c>GET /merchants/me/payouts/{id}</c>.</summary>
internal sealed class GetPayout : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/merchants/me/payouts/{id}", HandleAsync)
        .WithTags("Payouts").WithSummary("Shows a payout").WithName("get_payout").RequireAuthorization(IdentityPolicies.User)
        .Produces<PayoutResponse>().Answers(ProblemCode.Forbidden, ProblemCode.NotFound);

    private static Task<IResult> HandleAsync(HttpContext context, string id, IPayouts payouts, CancellationToken cancellationToken) =>
        context.FindAsync<Payout, PayoutResponse>("payout", id, payouts.GetAsync, PayoutResponse.Of, cancellationToken);
}
