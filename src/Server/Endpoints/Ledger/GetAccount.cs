using Florin.Identity;
using Florin.Ledger;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Ledger;

/// <summary><c>GET /ledger/accounts/{address}/{asset}</c>: the totals of one account. It shows all that was acknowledged before.</summary>
internal sealed class GetAccount : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/ledger/accounts/{address}/{asset}", HandleAsync)
        .WithTags("Ledger").WithSummary("Tells the balance of an account").WithName("get_account").RequireAuthorization(Scopes.LedgerRead)
        .Produces<AccountResponse>().TakesQuery("at", LedgerMoment.Meaning);

    private static async Task<IResult> HandleAsync(HttpContext context, string address, string asset, ILedger ledger, ILedgerHistory history, CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        LedgerMoment? at = LedgerMoment.Of(query);
        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        bool isAccount = AccountAddress.TryParse(address, out AccountAddress parsed);
        if (!isAccount || !Assets.TryGet(asset, out Asset? known))
        {
            return Problems.NotFound("account");
        }

        AccountBalance? balance = at is null
            ? await ledger.GetBalanceAsync(new AccountId(parsed, known), cancellationToken)
            : await history.GetBalanceAtAsync(new AccountId(parsed, known), await at.SequenceAsync(history, cancellationToken), cancellationToken);
        return balance is { } found ? Results.Json(AccountResponse.Of(found), JsonConventions.Options) : Problems.NotFound("account");
    }
}
