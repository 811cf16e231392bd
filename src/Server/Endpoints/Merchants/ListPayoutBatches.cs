using Florin.Identity;
using Florin.Server.Endpoints.Subscriptions;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Merchants;

/// <summary><c>GET /merchants/me/payout-batches</c>, and for an operator <c>/merchants/{merchant}/payout-batches</c>: newest first.</summary>
internal sealed class ListPayoutBatches : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes)
    {
        Describe(
            routes.MapGet(
                "/merchants/me/payout-batches",
                (HttpContext context, IPayouts payouts, CancellationToken cancellationToken) => HandleAsync(context, null, payouts, cancellationToken)),
            "Lists the runs of the payout schedule",
            "list_payout_batches",
            IdentityPolicies.User);
        Describe(
            routes.MapGet(
                "/merchants/{merchant}/payout-batches",
                (HttpContext context, string merchant, IPayouts payouts, CancellationToken cancellationToken) =>
                    HandleAsync(context, merchant, payouts, cancellationToken)),
            "Lists the runs of a merchant's payout schedule, for an operator",
            "list_merchant_payout_batches",
            Scopes.PayoutsManage);
    }

    private static void Describe(RouteHandlerBuilder route, string summary, string name, string policy) => route
        .WithTags("Payouts").WithSummary(summary).WithName(name).RequireAuthorization(policy)
        .Produces<ListResponse<PayoutBatchResponse>>().Answers(ProblemCode.Forbidden).TakesPage();

    private static Task<IResult> HandleAsync(HttpContext context, string? merchant, IPayouts payouts, CancellationToken cancellationToken) =>
        context.PageAsync<PayoutBatch, PayoutBatchResponse>(
            payouts.ListBatchesAsync, PayoutBatchResponse.Of, batch => batch.Id, cancellationToken, merchant);
}
