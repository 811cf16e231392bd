using System.Collections.Immutable;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Merchants;

/// <summary>Pages of what belongs to a merchant, newest first; the cursor is the id of the last thing shown.</summary>
internal static class PayoutPages
{
    public static async Task<IResult> PageAsync<T, TResponse>(
        HttpContext context,
        string? merchant,
        Func<Guid, Guid?, int, CancellationToken, ValueTask<ImmutableArray<T>>> list,
        Func<T, TResponse> present,
        Func<T, Guid> idOf,
        CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        int limit = query.Limit();
        Guid? cursor = query.Uuid("cursor");
        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        if (!context.TryGetPayee(merchant, out WalletCaller payee, out IResult? forbidden))
        {
            return forbidden!;
        }

        ImmutableArray<T> page = await list(payee.UserId, cursor, limit, cancellationToken);
        string? next = page.Length == limit ? idOf(page[^1]).ToString("D") : null;
        return Results.Json(new ListResponse<TResponse>([.. page.Select(present)], next), JsonConventions.Options);
    }
}
