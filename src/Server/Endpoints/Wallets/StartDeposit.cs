using Florin.Identity;
using Florin.Ledger;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Wallets;

/// <summary><c>POST /wallets/deposit</c>: charges a linked card or bank account and credits the wallet when the money is there.</summary>
internal sealed class StartDeposit : IEndpoint
{
    /// <param name="Amount">Decimal string in major units, above zero.</param>
    /// <param name="SourceId">A funding source of the caller.</param>
    internal sealed record DepositRequest(string Amount, string Currency, Guid SourceId);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/wallets/deposit", HandleAsync)
        .WithTags("Wallets").WithSummary("Takes money into the wallet").WithName("start_deposit").RequireAuthorization(IdentityPolicies.User)
        .RequireIdempotencyKey().Accepts<DepositRequest>("application/json").Produces<DepositResponse>(StatusCodes.Status201Created)
        .Answers(MovementAnswers.Codes);

    private static async Task<IResult> HandleAsync(HttpContext context, IWallets wallets, WalletOptions options, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        Money amount = body.Money(isSupported: asset => options.Currencies.Contains(asset.Code));
        Guid sourceId = body.Uuid("source_id");
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        MovementOutcome<Deposit> outcome = await wallets.StartDepositAsync(
            context.WalletCaller(), IdempotencyKey.Of(context), amount, sourceId, cancellationToken);
        return outcome.ToResult(
            DepositResponse.Of, deposit => deposit.OutcomeUnknown, deposit => $"/wallets/deposits/{deposit.Id}", sourceField: "source_id");
    }
}
