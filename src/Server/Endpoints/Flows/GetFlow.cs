using Florin.Flows;
using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Flows;

/// <summary><c>GET /flows/{id}</c>: a flow with its history.</summary>
internal sealed class GetFlow : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/flows/{id}", HandleAsync)
        .WithTags("Operations").WithSummary("Shows a flow with its history").WithName("get_flow").RequireAuthorization(Scopes.FlowsManage)
        .Produces<FlowResponse>().Answers(ProblemCode.NotFound);

    private static async Task<IResult> HandleAsync(string id, IFlows flows, CancellationToken cancellationToken)
    {
        if (!Guid.TryParseExact(id, "D", out Guid value) || await flows.GetAsync(new FlowId(value), cancellationToken) is not { } flow)
        {
            return Problems.NotFound("flow");
        }

        return Results.Json(FlowResponse.Of(flow, await flows.GetHistoryAsync(flow.Id, cancellationToken)), JsonConventions.Options);
    }
}
