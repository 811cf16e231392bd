using Florin.Identity;
using Florin.Ledger;
using Florin.Server.Endpoints.Wallets;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Merchants;

/// <summary><c>POST /merchants/me/payouts</c>, and for an operator <c>/merchants/{merchant}/payouts</c>: debits the merchant's balance and pays out, now.</summary>
internal sealed class StartPayout : IEndpoint
{
    /// <param name="Amount">Decimal string in major units, above zero.</param>
    /// <param name="DestinationId">A bank or PayPal account among the business's funding sources; it says by which provider is paid.</param>
    internal sealed record PayoutRequest(string Amount, string Currency, Guid DestinationId);

    public void Map(IEndpointRouteBuilder routes)
    {
        Describe(
            routes.MapPost(
                "/merchants/me/payouts",
                (HttpContext context, IPayouts payouts, WalletOptions options, CancellationToken cancellationToken) =>
                    HandleAsync(context, null, payouts, options, cancellationToken)),
            "Pays a business out",
            "start_payout",
            IdentityPolicies.User);
        Describe(
            routes.MapPost(
                "/merchants/{merchant}/payouts",
                (HttpContext context, string merchant, IPayouts payouts, WalletOptions options, CancellationToken cancellationToken) =>
                    HandleAsync(context, merchant, payouts, options, cancellationToken)),
            "Pays a merchant out, by an operator",
            "start_merchant_payout",
            Scopes.PayoutsManage);
    }

    private static void Describe(RouteHandlerBuilder route, string summary, string name, string policy) => route
        .WithTags("Payouts").WithSummary(summary).WithName(name).RequireAuthorization(policy).RequireIdempotencyKey()
        .Accepts<PayoutRequest>("application/json").Produces<PayoutResponse>(StatusCodes.Status201Created)
        .Answers([.. MovementAnswers.Codes, ProblemCode.Forbidden, ProblemCode.AccountNotOpen]);

    private static async Task<IResult> HandleAsync(
        HttpContext context, string? merchant, IPayouts payouts, WalletOptions options, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        Money amount = body.Money(isSupported: asset => options.Currencies.Contains(asset.Code));
        Guid destinationId = body.Uuid("destination_id");
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        if (!context.TryGetPayee(merchant, out WalletCaller payee, out IResult? forbidden))
        {
            return forbidden!;
        }

        MovementOutcome<Payout> outcome = await payouts.StartAsync(payee, IdempotencyKey.Of(context), amount, destinationId, cancellationToken);
        return outcome.ToResult(
            PayoutResponse.Of, payout => payout.OutcomeUnknown, payout => $"/merchants/me/payouts/{payout.Id}", sourceField: "destination_id");
    }
}
