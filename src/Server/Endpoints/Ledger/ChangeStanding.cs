using Florin.Identity;
using Florin.Ledger;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Ledger;

/// <summary><c>POST /ledger/accounts/{address}/{asset}/standing</c>: freezes, closes or opens an account again.</summary>
internal sealed class ChangeStanding : IEndpoint
{
    /// <param name="Standing"><c>open</c>, <c>frozen</c> or <c>closed</c>.</param>
    internal sealed record StandingRequest(string Standing);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/ledger/accounts/{address}/{asset}/standing", HandleAsync)
        .WithTags("Ledger").WithSummary("Freezes, closes or opens an account again").WithName("change_standing").RequireAuthorization(Scopes.Admin)
        .Accepts<StandingRequest>("application/json").Produces<AccountResponse>().Answers(ProblemCode.LedgerRefused);

    private static async Task<IResult> HandleAsync(HttpContext context, string address, string asset, ILedger ledger, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        AccountStanding standing = body.Word<AccountStanding>("standing");
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        bool isAccount = AccountAddress.TryParse(address, out AccountAddress parsed);
        if (!isAccount || !Assets.TryGet(asset, out Asset? known))
        {
            return Problems.NotFound("account");
        }

        AccountId id = new(parsed, known);
        SubmissionResult result = await ledger.SubmitAsync(new Submission { AccountChanges = [new AccountChange(id, standing)] }, cancellationToken);
        if (result.Status == TransactionStatus.AccountNotFound)
        {
            return Problems.NotFound("account");
        }

        return result.IsApplied && await ledger.GetBalanceAsync(id, cancellationToken) is { } balance
            ? Results.Json(AccountResponse.Of(balance), JsonConventions.Options)
            : Problems.Ledger(result.Status);
    }
}
