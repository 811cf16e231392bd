using Florin.Sandbox.Clock;
using Florin.Sandbox.Faults;

namespace Florin.Sandbox.Control;

/// <summary><c>POST /_sandbox/reset</c>: an empty world, the real time, no faults; the endpoints of the command line stay.</summary>
internal static class ResetControl
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/_sandbox/health", () => Results.Text("{\"status\":\"ok\"}", "application/json"));
        routes.MapPost("/_sandbox/reset", (IEnumerable<SandboxProvider> providers, SandboxClock clock, FaultPlan faults, StartupEndpoints endpoints) =>
        {
            foreach (var provider in providers)
            {
                provider.World.Reset();
            }

            clock.Restore(TimeSpan.Zero);
            faults.Clear();
            endpoints.Put();
            return Results.NoContent();
        });
    }
}
