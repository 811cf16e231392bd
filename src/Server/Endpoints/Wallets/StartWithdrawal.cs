using Florin.Identity;
using Florin.Ledger;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Wallets;

/// <summary><c>POST /wallets/withdraw</c>: debits the wallet at once and pays out to a linked bank account, card or PayPal account.</summary>
internal sealed class StartWithdrawal : IEndpoint
{
    /// <param name="Amount">Decimal string in major units, above zero.</param>
    /// <param name="DestinationId">A funding source of the caller; it says by which provider is paid.</param>
    internal sealed record WithdrawalRequest(string Amount, string Currency, Guid DestinationId);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/wallets/withdraw", HandleAsync)
        .WithTags("Wallets").WithSummary("Pays money out of the wallet").WithName("start_withdrawal").RequireAuthorization(IdentityPolicies.User)
        .RequireIdempotencyKey().Accepts<WithdrawalRequest>("application/json").Produces<WithdrawalResponse>(StatusCodes.Status201Created)
        .Answers(MovementAnswers.Codes);

    private static async Task<IResult> HandleAsync(HttpContext context, IWallets wallets, WalletOptions options, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        Money amount = body.Money(isSupported: asset => options.Currencies.Contains(asset.Code));
        Guid destinationId = body.Uuid("destination_id");
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        MovementOutcome<Withdrawal> outcome = await wallets.StartWithdrawalAsync(
            context.WalletCaller(), IdempotencyKey.Of(context), amount, destinationId, cancellationToken);
        return outcome.ToResult(
            WithdrawalResponse.Of,
            withdrawal => withdrawal.OutcomeUnknown,
            withdrawal => $"/wallets/withdrawals/{withdrawal.Id}",
            sourceField: "destination_id");
    }
}
