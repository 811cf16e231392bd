namespace Florin.Server.Http;

/// <summary>Endpoint metadata for the API document: a problem that the endpoint answers beyond those that follow from its other metadata.</summary>
internal sealed record AnswersProblem(ProblemCode Code);

internal static class AnswersProblemExtensions
{
    /// <summary>Names the problems of an endpoint for the API document.</summary>
    public static RouteHandlerBuilder Answers(this RouteHandlerBuilder builder, params ProblemCode[] codes) =>
        builder.WithMetadata([.. codes.Select(code => new AnswersProblem(code))]);
}
