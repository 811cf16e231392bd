using Florin.Server.Cluster;
using Florin.Server.Metrics;

namespace Florin.Server.Http;

/// <summary>
/// How many requests are handled at the same time. One more is refused at once with 503, before anything of it is read or kept: what was taken
/// is answered in its time, and what cannot be is said so (fault T-09).
/// </summary>
/// <remarks>Whoever looks after the server and the other servers of the cluster always get in.</remarks>
internal sealed class RequestLimit(RequestDelegate next, RequestLimit.Options options, ServerMetrics metrics)
{
    private const int RetryAfterSeconds = 1;

    private static readonly PathString[] Exempt = ["/health", "/metrics", HttpLedgerForwarder.Path.TrimEnd('/')];

    private int _active;

    /// <param name="RequestsMax">Of all kinds together. At least 1.</param>
    internal sealed record Options(int RequestsMax);

    public async Task InvokeAsync(HttpContext context)
    {
        if (Exempt.Any(path => context.Request.Path.StartsWithSegments(path)))
        {
            await next(context);
            return;
        }

        try
        {
            if (Interlocked.Increment(ref _active) > options.RequestsMax)
            {
                metrics.RequestRefused();
                await Refusal().ExecuteAsync(context);
                return;
            }

            metrics.RequestBegan();
            try
            {
                await next(context);
            }
            finally
            {
                metrics.RequestEnded();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _active);
        }
    }

    private static ProblemResult Refusal() => new()
    {
        Code = ProblemCode.Unavailable,
        Detail = "The server handles as many requests as it can. This one had no effect; send it again later.",
        RetryAfterSeconds = RetryAfterSeconds,
    };
}
