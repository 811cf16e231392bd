using System.Text.Json;
using Florin.Ledger;
using Florin.Ledger.Cluster;
using Florin.Server.Cluster;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Internal;

/// <summary>
/// <c>POST /internal/ledger/{operation}</c>: a call that another node forwards to this one because it leads. Who knows the token of the term has read
/// it from the database; everybody else is told what a node that does not lead tells.
/// </summary>
internal sealed partial class ForwardedCall : IEndpoint
{
    /// <summary>Above a submission that is full to all its limits.</summary>
    internal const int BytesMax = 8 << 20;

    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost(HttpLedgerForwarder.Path + "{operation}", HandleAsync).AllowAnonymous().ExcludeFromDescription();

    private static async Task<IResult> HandleAsync(
        HttpContext context, string operation, ILedgerNode node, LedgerJson json, ILogger<ForwardedCall> logger, CancellationToken cancellationToken)
    {
        try
        {
            ILeaderLedger ledger = node.Leading(Token(context.Request));
            return operation switch
            {
                LedgerOperations.Submit => Answer(json, await ledger.SubmitAsync(await ReadAsync<Submission>(context, json), cancellationToken)),
                LedgerOperations.SubmitMany => Answer(json, await ledger.SubmitManyAsync(await ReadAsync<Transaction[]>(context, json), cancellationToken)),
                LedgerOperations.RecentEntries => await RecentAsync(json, ledger, await ReadAsync<RecentEntriesRequest>(context, json), cancellationToken),
                LedgerOperations.Locate => Answer(json, await ledger.LocateAsync(await ReadAsync<TransactionId>(context, json), cancellationToken)),
                LedgerOperations.Balance => Answer(json, await ledger.GetBalanceAsync(await ReadAsync<AccountId>(context, json), cancellationToken)),
                LedgerOperations.Balances => Answer(json, await ledger.GetBalancesAsync(await ReadAsync<string>(context, json), cancellationToken)),
                LedgerOperations.StateHash => Answer(json, await ledger.GetStateHashAsync(cancellationToken)),
                _ => Problems.Of(ProblemCode.NotFound),
            };
        }
        catch (NotLeaderException)
        {
            return Results.Text("", statusCode: (int)HttpLedgerForwarder.NotLeader);
        }
        catch (LedgerUnavailableException)
        {
            return Results.Text("", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            // Nodes of two versions, or a defect of ours.
            LogUnreadable(logger, operation, exception);
            return Results.Text("", statusCode: StatusCodes.Status400BadRequest);
        }
    }

    private static async ValueTask<IResult> RecentAsync(
        LedgerJson json, ILeaderLedger ledger, RecentEntriesRequest request, CancellationToken cancellationToken) =>
        Answer(json, await ledger.GetRecentEntriesAsync(request.Account, request.BeforeSequence, request.Limit, cancellationToken));

    private static string Token(HttpRequest request)
    {
        string header = request.Headers.Authorization.ToString();
        string prefix = HttpLedgerForwarder.Scheme + " ";
        return header.StartsWith(prefix, StringComparison.Ordinal) ? header[prefix.Length..] : "";
    }

    /// <exception cref="BadHttpRequestException">The body is larger than the limit.</exception>
    private static async ValueTask<T> ReadAsync<T>(HttpContext context, LedgerJson json)
    {
        if (context.Request.ContentLength is not (>= 0 and <= BytesMax))
        {
            throw new BadHttpRequestException("The body has no length or is too large.", StatusCodes.Status413PayloadTooLarge);
        }

        return (await JsonSerializer.DeserializeAsync<T>(context.Request.Body, json.Request, context.RequestAborted))!;
    }

    private static IResult Answer<T>(LedgerJson json, T answer) => Results.Bytes(JsonSerializer.SerializeToUtf8Bytes(answer, json.Answer), "application/json");

    [LoggerMessage(130, LogLevel.Error, "A forwarded call {Operation} of the ledger could not be read.")]
    private static partial void LogUnreadable(ILogger logger, string operation, Exception exception);
}
