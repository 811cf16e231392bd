using System.Collections.Immutable;
using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Payments;

/// <summary><c>GET /disputes</c>: those of the caller's payments, newest first.</summary>
internal sealed class ListDisputes : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/disputes", HandleAsync)
        .WithTags("Payments").WithSummary("Lists disputes").WithName("list_disputes").RequireAuthorization(IdentityPolicies.User)
        .Produces<ListResponse<DisputeResponse>>().Answers(ProblemCode.Forbidden).TakesPage();

    private static async Task<IResult> HandleAsync(HttpContext context, IPayments payments, CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        int limit = query.Limit();
        Guid? cursor = query.Uuid("cursor");
        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        if (!context.TryGetMerchant(out MerchantCaller merchant, out IResult? forbidden))
        {
            return forbidden!;
        }

        ImmutableArray<Dispute> page = await payments.ListDisputesAsync(merchant.MerchantId, cursor, limit, cancellationToken);
        string? next = page.Length == limit ? page[^1].Id.ToString("D") : null;
        return Results.Json(new ListResponse<DisputeResponse>([.. page.Select(DisputeResponse.Of)], next), JsonConventions.Options);
    }
}
