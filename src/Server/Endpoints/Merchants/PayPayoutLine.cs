using Florin.Identity;
using Florin.Server.Endpoints.Wallets;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Merchants;

/// <summary>
/// <c>POST /merchants/me/payout-batches/{id}/lines/{currency}/pay</c>, and for an operator under <c>/merchants/{merchant}</c>: pays one planned line by hand. Whoever
/// comes after the schedule, or after somebody else, is answered with 409 <c>already_claimed</c> and the payout that has it.
/// </summary>
internal sealed class PayPayoutLine : IEndpoint
{
    /// <summary>No fields: the whole line.</summary>
    internal sealed record PayPayoutLineRequest;

    public void Map(IEndpointRouteBuilder routes)
    {
        Describe(
            routes.MapPost(
                "/merchants/me/payout-batches/{id}/lines/{currency}/pay",
                (HttpContext context, string id, string currency, IPayouts payouts, CancellationToken cancellationToken) =>
                    HandleAsync(context, null, id, currency, payouts, cancellationToken)),
            "Pays a planned line by hand",
            "pay_payout_line",
            IdentityPolicies.User);
        Describe(
            routes.MapPost(
                "/merchants/{merchant}/payout-batches/{id}/lines/{currency}/pay",
                (HttpContext context, string merchant, string id, string currency, IPayouts payouts, CancellationToken cancellationToken) =>
                    HandleAsync(context, merchant, id, currency, payouts, cancellationToken)),
            "Pays a merchant's planned line by hand, by an operator",
            "pay_merchant_payout_line",
            Scopes.PayoutsManage);
    }

    private static void Describe(RouteHandlerBuilder route, string summary, string name, string policy) => route
        .WithTags("Payouts").WithSummary(summary).WithName(name).RequireAuthorization(policy).RequireIdempotencyKey()
        .Accepts<PayPayoutLineRequest>("application/json").Produces<PayoutResponse>(StatusCodes.Status201Created)
        .Answers([.. MovementAnswers.Codes, ProblemCode.Forbidden, ProblemCode.AccountNotOpen, ProblemCode.AlreadyClaimed, ProblemCode.InvalidTransition]);

    private static async Task<IResult> HandleAsync(
        HttpContext context, string? merchant, string id, string currency, IPayouts payouts, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        if (!context.TryGetPayee(merchant, out WalletCaller payee, out IResult? forbidden))
        {
            return forbidden!;
        }

        if (!Guid.TryParseExact(id, "D", out Guid batchId))
        {
            return Problems.NotFound("batch");
        }

        MovementOutcome<Payout> outcome = await payouts.PayLineAsync(payee, IdempotencyKey.Of(context), batchId, currency, cancellationToken);
        return outcome.ToResult(
            PayoutResponse.Of, payout => payout.OutcomeUnknown, payout => $"/merchants/me/payouts/{payout.Id}", sourceField: "line");
    }
}
