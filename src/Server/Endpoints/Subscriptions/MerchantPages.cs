using System.Collections.Immutable;
using Florin.Payments;
using Florin.Server.Endpoints.Merchants;
using Florin.Server.Endpoints.Payments;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Subscriptions;

/// <summary>Pages of what belongs to a merchant, newest first; the cursor is the id of the last thing shown.</summary>
internal static class MerchantPages
{
    /// <param name="merchant">From the path of an operator; <see langword="null"/> on the paths of the merchant itself.</param>
    public static async Task<IResult> PageAsync<T, TResponse>(
        this HttpContext context,
        Func<Guid, Guid?, int, CancellationToken, ValueTask<ImmutableArray<T>>> list,
        Func<T, TResponse> present,
        Func<T, Guid> idOf,
        CancellationToken cancellationToken,
        string? merchant = null)
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

    /// <summary>One thing of the calling merchant's, by the id in the path.</summary>
    /// <param name="what">The kind of thing, for the refusal.</param>
    public static async Task<IResult> FindAsync<T, TResponse>(
        this HttpContext context,
        string what,
        string id,
        Func<Guid, Guid, CancellationToken, ValueTask<T?>> find,
        Func<T, TResponse> present,
        CancellationToken cancellationToken)
        where T : class
    {
        if (!context.TryGetMerchant(out MerchantCaller merchant, out IResult? forbidden))
        {
            return forbidden!;
        }

        return Guid.TryParseExact(id, "D", out Guid value) && await find(merchant.MerchantId, value, cancellationToken) is { } found
            ? Results.Json(present(found), JsonConventions.Options)
            : Problems.NotFound(what);
    }
}
