using Florin.Ledger;
using Npgsql;

namespace Florin.Server.Http;

/// <summary>
/// The one place where exceptions of requests end. Environment faults become 503 (or 202 <c>outcome_unknown</c> where money may have moved),
/// what the framework refuses becomes its problem document, a bug becomes 500, and a violated invariant also stops the host.
/// </summary>
internal sealed partial class CatchAll(RequestDelegate next, ILogger<CatchAll> logger, FatalStop fatalStop)
{
    private const int RetryAfterSeconds = 1;

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone; nobody reads an answer.
        }
        catch (BadHttpRequestException refused)
        {
            await AnswerAsync(context, Problems.Of(ProblemCode.ForStatus(refused.StatusCode)));
        }
        catch (LedgerUnavailableException unavailable)
        {
            LogEnvironment(RequestIds.Of(context), unavailable);
            await AnswerAsync(context, MayHaveMoved(context) ? OutcomeUnknown() : Unavailable());
        }
        catch (NpgsqlException unavailable) when (IsEnvironment(unavailable))
        {
            LogEnvironment(RequestIds.Of(context), unavailable);
            await AnswerAsync(context, MayHaveMoved(context) ? OutcomeUnknown() : Unavailable());
        }
        catch (InvariantException violated)
        {
            LogInvariant(RequestIds.Of(context), violated);
            await AnswerAsync(context, Problems.Of(ProblemCode.InternalError));
            fatalStop.Stop(violated);
        }
        catch (Exception unexpected)
        {
            LogUnexpected(RequestIds.Of(context), unexpected);
            await AnswerAsync(context, Problems.Of(ProblemCode.InternalError, "The request failed on our side; request_id finds it in the log."));
        }
    }

    // Also the server going down, a standby, a cancelled statement, and a file that cannot be written for a reason without a name of its own (XX000).
    private static bool IsEnvironment(NpgsqlException exception) =>
        exception.IsTransient || exception.SqlState is "57P01" or "57P02" or "57P03" or "25006" or "25P03" or "57014" or "XX000";

    private static bool MayHaveMoved(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<IdempotencyKey.Required>() is not null;

    private static ProblemResult OutcomeUnknown() => new()
    {
        Code = ProblemCode.OutcomeUnknown,
        Detail = "The request may or may not have taken effect. Send it again with the same Idempotency-Key: it cannot take effect twice.",
        RetryAfterSeconds = RetryAfterSeconds,
    };

    private static ProblemResult Unavailable() => new()
    {
        Code = ProblemCode.Unavailable,
        Detail = "A part of the service cannot answer now. Send the request again later.",
        RetryAfterSeconds = RetryAfterSeconds,
    };

    private static async Task AnswerAsync(HttpContext context, ProblemResult problem)
    {
        if (context.Response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            context.Abort();
            return;
        }

        string requestId = RequestIds.Of(context);
        context.Response.Clear();
        context.Response.Headers[RequestIds.Header] = requestId;
        SecurityHeaders.Set(context.Response.Headers);
        await problem.ExecuteAsync(context);
    }

    [LoggerMessage(100, LogLevel.Error, "Request {RequestId} failed unexpectedly.")]
    private partial void LogUnexpected(string requestId, Exception exception);

    [LoggerMessage(101, LogLevel.Critical, "Request {RequestId} violated an invariant; the server stops.")]
    private partial void LogInvariant(string requestId, Exception exception);

    [LoggerMessage(102, LogLevel.Warning, "Request {RequestId} could not be answered: a part of the service is unavailable.")]
    private partial void LogEnvironment(string requestId, Exception exception);
}
