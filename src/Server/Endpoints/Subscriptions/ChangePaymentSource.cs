using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Subscriptions;

/// <summary><c>POST /subscriptions/{id}/payment-source</c>: changes what is charged; overdue invoices are tried again with it at once.</summary>
internal sealed class ChangePaymentSource : IEndpoint
{
    /// <param name="PaymentSource">The provider's token of a payment method; never a card number.</param>
    internal sealed record PaymentSourceRequest(string PaymentSource);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/subscriptions/{id}/payment-source", HandleAsync)
        .WithTags("Subscriptions").WithSummary("Changes what a subscription charges").WithName("change_payment_source")
        .RequireAuthorization(IdentityPolicies.User).RequireIdempotencyKey().Accepts<PaymentSourceRequest>("application/json")
        .Produces<SubscriptionResponse>().Answers(SubscriptionChange.Codes);

    private static Task<IResult> HandleAsync(HttpContext context, string id, ISubscriptions subscriptions, CancellationToken cancellationToken) =>
        context.ChangeAsync(
            id,
            body => body.Text("payment_source", 1, PaymentOrder.PaymentSourceLengthMax),
            (source, merchant, key, subscription) => subscriptions.ChangeSourceAsync(merchant, key, subscription, source, cancellationToken),
            cancellationToken);
}
