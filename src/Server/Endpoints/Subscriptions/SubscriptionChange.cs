using Florin.Payments;
using Florin.Server.Endpoints.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Subscriptions;

/// <summary>What the endpoints that change a subscription have in common.</summary>
internal static class SubscriptionChange
{
    /// <summary>The problems that every change may answer, for the API document.</summary>
    public static readonly ProblemCode[] Codes =
    [
        ProblemCode.Forbidden, ProblemCode.NotFound, ProblemCode.InvalidTransition, ProblemCode.LimitExceeded, ProblemCode.IdempotencyKeyInProgress,
        ProblemCode.IdempotencyKeyMismatch,
    ];

    /// <summary>Reads the body, then changes the subscription of the path.</summary>
    /// <param name="read">Reads the fields; what it returns is used only when all are good.</param>
    /// <param name="change">Gets the caller, the key and the subscription.</param>
    public static async Task<IResult> ChangeAsync<T>(
        this HttpContext context,
        string id,
        Func<RequestBody, T> read,
        Func<T, MerchantCaller, string, Guid, ValueTask<PaymentOutcome<Subscription>>> change,
        CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        T asked = read(body);
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        if (!context.TryGetMerchant(out MerchantCaller merchant, out IResult? forbidden))
        {
            return forbidden!;
        }

        if (!Guid.TryParseExact(id, "D", out Guid subscription))
        {
            return Problems.NotFound("subscription");
        }

        PaymentOutcome<Subscription> outcome = await change(asked, merchant, IdempotencyKey.Of(context), subscription);
        return outcome.ToResult(
            "subscription", SubscriptionResponse.Of, _ => false, changed => $"/subscriptions/{changed.Id}", StatusCodes.Status200OK);
    }
}
