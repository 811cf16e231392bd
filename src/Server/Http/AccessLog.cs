using Florin.Server.Grpc;
using Florin.Server.Metrics;

namespace Florin.Server.Http;

/// <summary>
/// One line and one measurement for each request: method, route pattern, status, time. Never the address as it was sent, a body, a header or who
/// asked, because those carry personal data.
/// </summary>
internal sealed partial class AccessLog(RequestDelegate next, ILogger<AccessLog> logger, TimeProvider timeProvider, ServerMetrics metrics)
{
    private const string NoRoute = "(none)";

    public async Task InvokeAsync(HttpContext context)
    {
        long start = timeProvider.GetTimestamp();
        await next(context);
        TimeSpan elapsed = timeProvider.GetElapsedTime(start);

        string route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? NoRoute;
        string method = KnownMethod(context.Request.Method);
        int status = context.Features.Get<GrpcAnswer.RestStatus>()?.Status ?? context.Response.StatusCode;
        metrics.RequestDone(method, route, status, elapsed);
        LogRequest(RequestIds.Of(context), method, route, status, elapsed.TotalMilliseconds);
    }

    /// <summary>Callers choose the method's text; only the known ones become labels and log text.</summary>
    private static string KnownMethod(string method) =>
        method is "GET" or "POST" or "PUT" or "DELETE" or "PATCH" or "HEAD" or "OPTIONS" ? method : "OTHER";

    [LoggerMessage(110, LogLevel.Debug, "{RequestId} {Method} {Route} {Status} {Milliseconds:0.0} ms")]
    private partial void LogRequest(string requestId, string method, string route, int status, double milliseconds);
}
