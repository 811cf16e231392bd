using Florin.Server.Http;
using Google.Protobuf;

namespace Florin.Server.Grpc;

/// <summary>Runs one unary call: reads its message, keeps its deadline, and answers.</summary>
internal static class GrpcCall
{
    /// <summary>Maps a method of a service. It is no part of the REST API's document.</summary>
    public static RouteHandlerBuilder MapUnary(this IEndpointRouteBuilder routes, string service, string method, Delegate handler) =>
        routes.MapPost($"/{service}/{method}", handler).ExcludeFromDescription();

    /// <param name="handler">
    /// Its token ends with the deadline or with the caller. What it began by then is durable or was never begun, as in the REST API.
    /// </param>
    public static async Task<IResult> RunAsync<T>(
        HttpContext context, TimeProvider timeProvider, MessageParser<T> parser, Func<T, CancellationToken, ValueTask<IResult>> handler)
        where T : class, IMessage<T>
    {
        if (!GrpcRequest.IsGrpc(context.Request))
        {
            return Problems.Of(ProblemCode.UnsupportedMediaType, "This is a gRPC method: it takes application/grpc over HTTP/2.");
        }

        TimeSpan? timeout = GrpcRequest.Timeout(context.Request, out bool isGood);
        if (!isGood)
        {
            return Problems.Of(ProblemCode.BadRequest, "grpc-timeout is 1 to 8 digits and one of the units H, M, S, m, u, n.");
        }

        using CancellationTokenSource deadline = new(timeout ?? Timeout.InfiniteTimeSpan, timeProvider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, deadline.Token);
        try
        {
            (T? message, ProblemResult? refusal) = await GrpcRequest.ReadAsync(context, parser, either.Token);
            return refusal ?? await handler(message!, either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            return new DeadlineExceeded();
        }
    }

    /// <summary>The caller's patience is over. Whatever was begun goes on without the caller.</summary>
    private sealed class DeadlineExceeded : IResult
    {
        private static readonly ProblemResult Problem = Problems.Of(
            ProblemCode.OutcomeUnknown, "The deadline passed. What was begun goes on: call again with the same idempotency_key, or read the status.");

        public Task ExecuteAsync(HttpContext httpContext) => GrpcAnswer.WriteAsync(httpContext, GrpcCode.DeadlineExceeded, Problem);
    }
}
