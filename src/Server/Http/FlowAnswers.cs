using System.Diagnostics;
using Florin.Flows;

namespace Florin.Server.Http;

/// <summary>Turns what became of a flow's start into the answer that the API promises.</summary>
internal static class FlowAnswers
{
    public const string ReplayedHeader = "Idempotent-Replayed";

    /// <param name="outcome">What the runner said.</param>
    /// <param name="isReportable">Whether the flow's present state can be told; else the answer is 202 <c>outcome_unknown</c>.</param>
    /// <param name="present">The flow as the object of the API. Its <c>id</c> is the flow's id.</param>
    /// <param name="location">The path of the collection, without a slash at the end: <c>/wallets/deposits</c>.</param>
    public static IResult ToResult<T>(
        this FlowStartOutcome outcome, Func<Flow, bool> isReportable, Func<Flow, T> present, string location) => outcome switch
        {
            FlowStartOutcome.Started started when !isReportable(started.Flow) => Unknown(started.Flow, present, location),
            FlowStartOutcome.Started started => Created(started.Flow, present, location),
            FlowStartOutcome.Replayed replayed => new WithHeader(Created(replayed.Flow, present, location), ReplayedHeader, "true"),
            FlowStartOutcome.InProgress => new ProblemResult
            {
                Code = ProblemCode.IdempotencyKeyInProgress,
                Detail = "The first request with this Idempotency-Key has not been answered yet. Send it again in a moment.",
                RetryAfterSeconds = 1,
            },
            FlowStartOutcome.RequestDiffers => Problems.Of(
                ProblemCode.IdempotencyKeyMismatch, "This Idempotency-Key was used with another body. Use a new key for a new request."),
            FlowStartOutcome.Refused refused => Problems.Ledger(refused.Result.Status),
            FlowStartOutcome.ObligationTaken => Problems.Of(ProblemCode.ObligationTaken),
            _ => throw new UnreachableException(),
        };

    private static WithHeader Created<T>(Flow flow, Func<Flow, T> present, string location) =>
        Results.Json(present(flow), JsonConventions.Options, statusCode: StatusCodes.Status201Created).WithLocation($"{location}/{flow.Id}");

    private static ProblemResult Unknown<T>(Flow flow, Func<Flow, T> present, string location) => new()
    {
        Code = ProblemCode.OutcomeUnknown,
        Detail = "The request is durable and goes on. Read it at Location, or send it again with the same Idempotency-Key.",
        RetryAfterSeconds = 1,
        Location = $"{location}/{flow.Id}",
        Extensions = new Dictionary<string, object?> { ["id"] = flow.Id.ToString(), ["object"] = present(flow) },
    };

    private static WithHeader WithLocation(this IResult result, string location) => new WithHeader(result, "Location", location);

    private sealed class WithHeader(IResult inner, string name, string value) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers[name] = value;
            return inner.ExecuteAsync(httpContext);
        }
    }
}
