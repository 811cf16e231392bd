using Florin.Identity;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Merchants;

/// <summary><c>GET /merchants/me/payout-schedule</c>.</summary>
internal sealed class GetPayoutSchedule : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/merchants/me/payout-schedule", HandleAsync)
        .WithTags("Payouts").WithSummary("Shows when a business is paid by itself").WithName("get_payout_schedule").RequireAuthorization(IdentityPolicies.User)
        .Produces<PayoutScheduleResponse>().Answers(ProblemCode.Forbidden);

    private static async Task<IResult> HandleAsync(HttpContext context, IPayouts payouts, CancellationToken cancellationToken) =>
        context.TryGetPayee(null, out WalletCaller payee, out IResult? forbidden)
            ? Results.Json(PayoutScheduleResponse.Of(await payouts.GetScheduleAsync(payee.UserId, cancellationToken)), JsonConventions.Options)
            : forbidden!;
}
