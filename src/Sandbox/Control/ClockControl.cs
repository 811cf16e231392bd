using System.Text.Json.Nodes;
using Florin.Sandbox.Clock;

namespace Florin.Sandbox.Control;

/// <summary><c>/_sandbox/clock</c>.</summary>
internal static class ClockControl
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/_sandbox/clock", (SandboxClock clock) => ControlRequest.Answer(Show(clock)));
        routes.MapPost("/_sandbox/clock/advance", AdvanceAsync);
    }

    private static async Task<IResult> AdvanceAsync(HttpRequest request, SandboxClock clock, ClockDriver driver)
    {
        if (await ControlRequest.ReadAsync(request) is not { } body)
        {
            return ControlRequest.NotJson();
        }

        var seconds = body.Number("seconds");
        if (body["seconds"] is null || !body.IsWholeOrMissing("seconds") || seconds < 0 || seconds > Limits.Advance.TotalSeconds)
        {
            return ControlRequest.Problem(400, "invalid_seconds", $"seconds must be a whole number from 0 to {Limits.Advance.TotalSeconds}.");
        }

        var done = await driver.AdvanceAsync(TimeSpan.FromSeconds(seconds), request.HttpContext.RequestAborted);
        var answer = Show(clock);
        answer["done"] = done;
        return ControlRequest.Answer(answer);
    }

    private static JsonObject Show(SandboxClock clock) => new()
    {
        ["now"] = clock.Now.ToUnixTimeSeconds(),
        ["ahead_seconds"] = (long)clock.Ahead.TotalSeconds,
    };
}
