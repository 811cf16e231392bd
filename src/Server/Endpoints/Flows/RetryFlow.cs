using System.Text.Json;
using Florin.Flows;
using Florin.Identity;
using Florin.Ledger;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Flows;

/// <summary>
/// <c>POST /flows/{id}/retry</c>: an operator has a flow looked at again, such as one that waits for a person. It decides by what it finds; an
/// operator's word moves no money.
/// </summary>
internal sealed class RetryFlow : IEndpoint
{
    private const int ReasonLengthMax = 500;
    private const string SignalType = "retry";

    /// <param name="Reason">Why, for the record; 1 to 500 characters.</param>
    internal sealed record RetryRequest(string Reason);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/flows/{id}/retry", HandleAsync)
        .WithTags("Operations").WithSummary("Has a flow looked at again").WithName("retry_flow").RequireAuthorization(Scopes.FlowsManage)
        .Accepts<RetryRequest>("application/json").Produces<FlowResponse>(StatusCodes.Status202Accepted).Answers(ProblemCode.NotFound);

    private static async Task<IResult> HandleAsync(
        HttpContext context, string id, IFlows flows, IdSource ids, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        string reason = body.Text("reason", 1, ReasonLengthMax);
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        if (!Guid.TryParseExact(id, "D", out Guid value) || await flows.GetAsync(new FlowId(value), cancellationToken) is not { } flow)
        {
            return Problems.NotFound("flow");
        }

        string payload = JsonSerializer.Serialize(new { by = context.GetCaller().Principal, reason });
        await flows.SignalAsync(flow.Id, FlowSignal.OperatorSource, ids.NextId().ToString(), SignalType, payload, cancellationToken);
        return Results.Json(FlowResponse.Of(flow), JsonConventions.Options, statusCode: StatusCodes.Status202Accepted);
    }
}
