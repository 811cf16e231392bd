using System.Collections.Immutable;
using Florin.Identity;
using Florin.Payments;
using Florin.Server.Endpoints.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Merchants;

/// <summary><c>GET /merchants/me/balance</c>: what the caller's business has from its payments.</summary>
internal sealed class GetMerchantBalance : IEndpoint
{
    /// <param name="Available">What can be taken now; all amounts are decimal strings in major units of <paramref name="Currency"/>.</param>
    /// <param name="Reserved">Kept back of captures for a time; it becomes available by itself.</param>
    /// <param name="Disputed">Withheld for open disputes.</param>
    /// <param name="Receivable">What the business owes; its next captures repay it first.</param>
    internal sealed record MerchantBalanceEntry(string Currency, string Available, string Reserved, string Disputed, string Receivable)
    {
        public static MerchantBalanceEntry Of(MerchantBalance balance) => new(
            balance.Available.Asset.Code,
            balance.Available.ToMajorUnits(),
            balance.Reserved.ToMajorUnits(),
            balance.Disputed.ToMajorUnits(),
            balance.Receivable.ToMajorUnits());
    }

    internal sealed record MerchantBalanceResponse(Guid MerchantId, IReadOnlyList<MerchantBalanceEntry> Balances);

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/merchants/me/balance", HandleAsync)
        .WithTags("Payments").WithSummary("Shows what a business has from its payments").WithName("get_merchant_balance").RequireAuthorization(IdentityPolicies.User)
        .Produces<MerchantBalanceResponse>().Answers(ProblemCode.Forbidden);

    private static async Task<IResult> HandleAsync(HttpContext context, IMerchants merchants, CancellationToken cancellationToken)
    {
        if (!context.TryGetMerchant(out MerchantCaller merchant, out IResult? forbidden))
        {
            return forbidden!;
        }

        ImmutableArray<MerchantBalance> balances = await merchants.GetBalancesAsync(merchant.MerchantId, cancellationToken);
        return Results.Json(
            new MerchantBalanceResponse(merchant.MerchantId, [.. balances.Select(MerchantBalanceEntry.Of)]), JsonConventions.Options);
    }
}
