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
        .Produces<ListResponse<AccountResponse>>().TakesQuery("prefix", "The start of the addresses; all accounts when absent")
        .TakesQuery("pattern", "Addresses segment by segment, such as user:*:available; * is any one segment").TakesPage();

    private static async Task<IResult> HandleAsync(HttpContext context, ILedger ledger, CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        string prefix = query.Text("prefix", AccountAddress.LengthMax) ?? "";
        string? pattern = query.Text("pattern", AccountAddress.LengthMax);
        string? cursor = query.Text("cursor", RequestQuery.CursorLengthMax);
        int limit = query.Limit();
        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        ImmutableArray<AccountBalance> all = await ledger.GetBalancesAsync(pattern is null ? prefix : Longer(prefix, pattern), cancellationToken);
        List<AccountBalance> page = [.. all.Where(balance => balance.Id.Address.Value.StartsWith(prefix, StringComparison.Ordinal) && Matches(balance.Id.Address, pattern)
            && (cursor is null || IsAfter(balance, cursor))).Take(limit + 1)];
        string? next = null;
        if (page.Count > limit)
        {
            page.RemoveAt(limit);
            next = $"{page[^1].Id.Address}{CursorSeparator}{page[^1].Id.Asset.Code}";
        }

        return Results.Json(new ListResponse<AccountResponse>([.. page.Select(AccountResponse.Of)], next), JsonConventions.Options);
    }

    // What stands before the first * begins every address of the pattern.
    private static string Longer(string prefix, string pattern)
    {
        int star = pattern.IndexOf('*', StringComparison.Ordinal);
        string start = star < 0 ? pattern : pattern[..star];
        return start.Length > prefix.Length ? start : prefix;
    }

    private static bool Matches(AccountAddress address, string? pattern)
    {
        if (pattern is null)
        {
            return true;
        }

        string[] asked = pattern.Split(':');
        string[] segments = address.Value.Split(':');
        return asked.Length == segments.Length && asked.Zip(segments).All(pair => pair.First == "*" || pair.First == pair.Second);
    }

    private static bool IsAfter(AccountBalance balance, string cursor)
    {
        int separator = cursor.IndexOf(CursorSeparator, StringComparison.Ordinal);
        string address = separator < 0 ? cursor : cursor[..separator];
        int order = string.CompareOrdinal(balance.Id.Address.Value, address);
        return order > 0 || (order == 0 && separator >= 0 && string.CompareOrdinal(balance.Id.Asset.Code, cursor[(separator + 1)..]) > 0);
    }
}
