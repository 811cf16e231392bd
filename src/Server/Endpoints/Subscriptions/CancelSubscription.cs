using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Subscriptions;

/// <summary><c>POST /subscriptions/{id}/cancel</c>: ends a subscription, now or with its period.</summary>
internal sealed class CancelSubscription : IEndpoint
{
    private enum Credit
    {
        None = 1,
        Prorated = 2,
    }

    /// <param name="At"><c>now</c> or <c>period_end</c>.</param>
    /// <param name="Credit">With <c>now</c>: <c>prorated</c> gives what is left of a paid period to the customer's credit; <c>none</c> does not.</param>
    internal sealed record CancelRequest(string At, string? Credit);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/subscriptions/{id}/cancel", HandleAsync)
        .WithTags("Subscriptions").WithSummary("Ends a subscription").WithName("cancel_subscription").RequireAuthorization(IdentityPolicies.User)
        .RequireIdempotencyKey().Accepts<CancelRequest>("application/json").Produces<SubscriptionResponse>().Answers(SubscriptionChange.Codes);

    private static Task<IResult> HandleAsync(HttpContext context, string id, ISubscriptions subscriptions, CancellationToken cancellationToken) =>
        context.ChangeAsync(
            id,
            Read,
            (asked, merchant, key, subscription) =>
                subscriptions.CancelAsync(merchant, key, subscription, asked.At, asked.WithCredit, cancellationToken),
            cancellationToken);

    private static (CancelAt At, bool WithCredit) Read(RequestBody body)
    {
        CancelAt at = body.Word<CancelAt>("at");
        bool withCredit = body.Find("credit") is not null && body.Word<Credit>("credit") == Credit.Prorated;
        if (withCredit && at == CancelAt.PeriodEnd)
        {
            body.AddError("credit", "goes with at: now; at the end of the period nothing is left");
        }

        return (at, withCredit);
    }
}
