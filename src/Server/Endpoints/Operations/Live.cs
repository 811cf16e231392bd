using Florin.Server.Http;

namespace Florin.Server.Endpoints.Operations;

/// <summary><c>GET /health/live</c>: the process answers. Nothing else is looked at, so that a slow database does not get the process killed.</summary>
internal sealed class Live : IEndpoint
{
    internal sealed record LiveResponse(string Status);

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/health/live", Handle)
        .WithTags("Operations").WithSummary("Tells that the process runs").WithName("live").Produces<LiveResponse>();

    private static IResult Handle() => Results.Json(new LiveResponse("live"), JsonConventions.Options);
}
