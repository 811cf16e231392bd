using Florin.Identity;
using Florin.Ledger;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Wallets;

/// <summary><c>POST /wallets/transfers</c>: moves money to another wallet; done when it is answered.</summary>
internal sealed class StartTransfer : IEndpoint
{
    private const int RecipientLengthMax = 254;

    /// <param name="To">A wallet id or an e-mail address.</param>
    /// <param name="Amount">Decimal string in major units, above zero.</param>
    /// <param name="Note">At most 200 characters; both sides see it.</param>
    internal sealed record TransferRequest(string To, string Amount, string Currency, string? Note);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/wallets/transfers", HandleAsync)
        .WithTags("Wallets").WithSummary("Sends money to another wallet").WithName("start_transfer").RequireAuthorization(IdentityPolicies.User)
        .RequireIdempotencyKey().Accepts<TransferRequest>("application/json").Produces<TransferResponse>(StatusCodes.Status201Created)
        .Answers(MovementAnswers.Codes);

    private static async Task<IResult> HandleAsync(HttpContext context, IWallets wallets, WalletOptions options, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        string to = body.Text("to", 1, RecipientLengthMax);
        Money amount = body.Money(isSupported: asset => options.Currencies.Contains(asset.Code));
        string? note = body.OptionalText("note", 1, WalletTransfer.NoteLengthMax);
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        MovementOutcome<WalletTransfer> outcome = await wallets.TransferAsync(
            context.WalletCaller(), IdempotencyKey.Of(context), amount, to, note, cancellationToken);
        return outcome.ToResult(TransferResponse.Of, _ => false, _ => null, sourceField: "to");
    }
}
