using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Payments;

/// <summary><c>POST /payments/{id}/refunds</c>: gives captured money back to the payer, in full or in part.</summary>
internal sealed class StartRefund : IEndpoint
{
    private const int ReasonLengthMax = 200;

    /// <param name="Amount">Decimal string in major units; all that is left when it is left out.</param>
    /// <param name="Reason">The caller's own words; nothing personal.</param>
    internal sealed record RefundRequest(string? Amount, string Reason);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/payments/{id}/refunds", HandleAsync)
        .WithTags("Payments").WithSummary("Gives captured money back").WithName("start_refund").RequireAuthorization(IdentityPolicies.User)
        .RequireIdempotencyKey().Accepts<RefundRequest>("application/json").Produces<RefundResponse>(StatusCodes.Status201Created)
        .Answers(PaymentAnswers.Codes);

    private static async Task<IResult> HandleAsync(HttpContext context, string id, IPayments payments, CancellationToken cancellationToken)
    {
        if (!context.TryGetMerchant(out MerchantCaller merchant, out IResult? forbidden))
        {
            return forbidden!;
        }

        if (!Guid.TryParseExact(id, "D", out Guid paymentId)
            || await payments.GetAsync(merchant.MerchantId, paymentId, cancellationToken) is not { } payment)
        {
            return Problems.NotFound("payment");
        }

        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        UInt128? amount = body.OptionalAmount(payment.Amount.Asset);
        string reason = body.Text("reason", 1, ReasonLengthMax);
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        PaymentOutcome<Refund> outcome = await payments.RefundAsync(merchant, IdempotencyKey.Of(context), paymentId, amount, reason, cancellationToken);
        return outcome.ToResult(
            "payment", RefundResponse.Of, refund => refund.OutcomeUnknown, refund => $"/payments/{paymentId}/refunds", StatusCodes.Status201Created);
    }
}
