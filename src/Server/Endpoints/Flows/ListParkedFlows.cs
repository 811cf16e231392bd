using Florin.Flows;
using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Flows;

/// <summary><c>GET /flows/parked</c>: flows that wait for a person, oldest first.</summary>
internal sealed class ListParkedFlows : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/flows/parked", HandleAsync)
        .WithTags("Operations").WithSummary("Lists flows that wait for a person").WithName("list_parked_flows")
        .RequireAuthorization(Scopes.FlowsManage).Produces<ListResponse<FlowResponse>>().TakesQuery("limit", "1 to 200; 50 when absent");

    private static async Task<IResult> HandleAsync(HttpContext context, IFlows flows, CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        int limit = query.Limit();
        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        IReadOnlyList<Flow> parked = await flows.ListParkedAsync(limit, cancellationToken);
        return Results.Json(
            new ListResponse<FlowResponse>([.. parked.Select(flow => FlowResponse.Of(flow))], NextCursor: null), JsonConventions.Options);
    }
}
