using Florin.Identity;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Merchants;

/// <summary>
/// <c>POST /merchants/{merchant}/payout-batches/{id}/run</c>: has a planned batch paid before its day. One that was paid already pays nothing, becomes
/// <c>repeated</c>, and tells so by event and metric.
/// </summary>
internal sealed class RunPayoutBatch : IEndpoint
{
    /// <summary>No fields: the whole batch.</summary>
    internal sealed record RunPayoutBatchRequest;

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/merchants/{merchant}/payout-batches/{id}/run", HandleAsync)
        .WithTags("Payouts").WithSummary("Has a batch paid now").WithName("run_payout_batch").RequireAuthorization(Scopes.PayoutsManage)
        .RequireIdempotencyKey().Accepts<RunPayoutBatchRequest>("application/json").Produces<PayoutBatchResponse>(StatusCodes.Status202Accepted).Answers(ProblemCode.NotFound);

    private static async Task<IResult> HandleAsync(HttpContext context, string merchant, string id, IPayouts payouts, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        if (!context.TryGetPayee(merchant, out WalletCaller payee, out IResult? forbidden))
        {
            return forbidden!;
        }

        return Guid.TryParseExact(id, "D", out Guid batchId)
            && await payouts.RunBatchAsync(payee, IdempotencyKey.Of(context), batchId, cancellationToken) is { } batch
            ? Results.Json(PayoutBatchResponse.Of(batch), JsonConventions.Options, statusCode: StatusCodes.Status202Accepted)
            : Problems.NotFound("batch");
    }
}
