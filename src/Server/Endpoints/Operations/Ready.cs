using Florin.Server.Hosting;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Operations;

/// <summary><c>GET /health/ready</c>: whether requests may come, with the state of each part; 503 when one that is needed is not ready.</summary>
internal sealed class Ready : IEndpoint
{
    internal sealed record PartResponse(string Name, string State, bool Needed, string? Role = null);

    internal sealed record ReadyResponse(string Status, IReadOnlyList<PartResponse> Parts);

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/health/ready", HandleAsync)
        .WithTags("Operations").WithSummary("Tells whether every part is ready").WithName("ready").Produces<ReadyResponse>()
        .Answers(ProblemCode.Unavailable);

    private static async Task<IResult> HandleAsync(HealthParts health, CancellationToken cancellationToken)
    {
        IReadOnlyList<HealthPart> parts = await health.CheckAsync(cancellationToken);
        PartResponse[] states = [.. parts.Select(part => new PartResponse(part.Name, part.State, part.IsNeeded, part.Role))];
        return parts.All(part => part.IsGood)
            ? Results.Json(new ReadyResponse("ready", states), JsonConventions.Options)
            : new ProblemResult
            {
                Code = ProblemCode.Unavailable,
                Detail = "Not ready: " + string.Join(", ", parts.Where(part => !part.IsGood).Select(part => part.Name)) + ".",
                RetryAfterSeconds = 1,
                Extensions = new Dictionary<string, object?> { ["parts"] = states },
            };
    }
}
