using System.Collections.Immutable;
using Florin.Identity;
using Florin.Ledger;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Ledger;

/// <summary><c>GET /ledger/accounts?prefix=</c>: accounts whose address starts with a prefix, ordered by address and asset.</summary>
internal sealed class ListAccounts : IEndpoint
{
    private const char CursorSeparator = '/';

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/ledger/accounts", HandleAsync)
        .WithTags("Ledger").WithSummary("Lists accounts with their balances").WithName("list_accounts").RequireAuthorization(Scopes.LedgerRead)
        .Produces<ListResponse<AccountResponse>>().TakesQuery("prefix", "The start of the addresses; all accounts when absent").TakesPage();

    private static async Task<IResult> HandleAsync(HttpContext context, ILedger ledger, CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        string prefix = query.Text("prefix", AccountAddress.LengthMax) ?? "";
        string? cursor = query.Text("cursor", RequestQuery.CursorLengthMax);
        int limit = query.Limit();
        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        ImmutableArray<AccountBalance> all = await ledger.GetBalancesAsync(prefix, cancellationToken);
        List<AccountBalance> page = [.. all.Where(balance => cursor is null || IsAfter(balance, cursor)).Take(limit + 1)];
        string? next = null;
        if (page.Count > limit)
        {
            page.RemoveAt(limit);
            next = $"{page[^1].Id.Address}{CursorSeparator}{page[^1].Id.Asset.Code}";
        }

        return Results.Json(new ListResponse<AccountResponse>([.. page.Select(AccountResponse.Of)], next), JsonConventions.Options);
    }

    private static bool IsAfter(AccountBalance balance, string cursor)
    {
        int separator = cursor.IndexOf(CursorSeparator, StringComparison.Ordinal);
        string address = separator < 0 ? cursor : cursor[..separator];
        int order = string.CompareOrdinal(balance.Id.Address.Value, address);
        return order > 0 || (order == 0 && separator >= 0 && string.CompareOrdinal(balance.Id.Asset.Code, cursor[(separator + 1)..]) > 0);
    }
}
