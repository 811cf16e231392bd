using Florin.Identity;
using Florin.Payments;
using Florin.Server.Endpoints.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Subscriptions;

/// <summary><c>POST /subscriptions</c>: begins a subscription; its trial or its first period begins now.</summary>
internal sealed class Subscribe : IEndpoint
{
    /// <param name="PlanVersion">The newest when it is left out.</param>
    /// <param name="Customer">The caller's own reference of the payer, 1 to 120 characters; nothing personal.</param>
    /// <param name="PaymentSource">The provider's token of a payment method; never a card number.</param>
    internal sealed record SubscriptionRequest(Guid PlanId, int? PlanVersion, string Customer, string PaymentSource);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/subscriptions", HandleAsync)
        .WithTags("Subscriptions").WithSummary("Begins a subscription").WithName("subscribe").RequireAuthorization(IdentityPolicies.User)
        .RequireIdempotencyKey().Accepts<SubscriptionRequest>("application/json").Produces<SubscriptionResponse>(StatusCodes.Status201Created)
        .Answers(ProblemCode.Forbidden, ProblemCode.NotFound, ProblemCode.IdempotencyKeyInProgress, ProblemCode.IdempotencyKeyMismatch);

    private static async Task<IResult> HandleAsync(HttpContext context, ISubscriptions subscriptions, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        Guid plan = body.Uuid("plan_id");
        int? version = body.OptionalInteger("plan_version", 1, int.MaxValue);
        string customer = body.Text("customer", 1, SubscriptionOrder.CustomerLengthMax);
        string source = body.Text("payment_source", 1, PaymentOrder.PaymentSourceLengthMax);
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        if (!context.TryGetMerchant(out MerchantCaller merchant, out IResult? forbidden))
        {
            return forbidden!;
        }

        PaymentOutcome<Subscription> outcome = await subscriptions.SubscribeAsync(
            merchant, IdempotencyKey.Of(context), new SubscriptionOrder(plan, version, customer, source), cancellationToken);
        return outcome.ToResult(
            "plan", SubscriptionResponse.Of, _ => false, subscription => $"/subscriptions/{subscription.Id}", StatusCodes.Status201Created);
    }
}
