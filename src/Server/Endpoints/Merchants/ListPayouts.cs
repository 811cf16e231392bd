using Florin.Identity;
using Florin.Server.Endpoints.Subscriptions;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Merchants;

/// <summary><c>GET /merchants/me/payouts</c>, and for an operator <c>/merchants/{merchant}/payouts</c>: newest first.</summary>
internal sealed class ListPayouts : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes)
    {
        Describe(
            routes.MapGet(
                "/merchants/me/payouts",
                (HttpContext context, IPayouts payouts, CancellationToken cancellationToken) => HandleAsync(context, null, payouts, cancellationToken)),
            "Lists payouts",
            "list_payouts",
            IdentityPolicies.User);
        Describe(
            routes.MapGet(
                "/merchants/{merchant}/payouts",
                (HttpContext context, string merchant, IPayouts payouts, CancellationToken cancellationToken) =>
                    HandleAsync(context, merchant, payouts, cancellationToken)),
            "Lists the payouts of a merchant, for an operator",
            "list_merchant_payouts",
            Scopes.PayoutsManage);
    }

    private static void Describe(RouteHandlerBuilder route, string summary, string name, string policy) => route
        .WithTags("Payouts").WithSummary(summary).WithName(name).RequireAuthorization(policy)
        .Produces<ListResponse<PayoutResponse>>().Answers(ProblemCode.Forbidden).TakesPage();

    private static Task<IResult> HandleAsync(HttpContext context, string? merchant, IPayouts payouts, CancellationToken cancellationToken) =>
        context.PageAsync<Payout, PayoutResponse>(payouts.ListAsync, PayoutResponse.Of, payout => payout.Id, cancellationToken, merchant);
}
