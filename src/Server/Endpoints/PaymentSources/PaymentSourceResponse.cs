using Florin.Payments;
using Florin.Server.Endpoints.Payments;

namespace Florin.Server.Endpoints.PaymentSources;

/// <param name="Status"><c>created</c>, <c>requires_action</c>, <c>stored</c> or <c>failed</c>.</param>
/// <param name="NextAction">Where the payer has to agree, while it is waited for.</param>
/// <param name="PaymentSource">What a payment is charged with; only when it is stored.</param>
/// <param name="FailureCode">Stable; of one that failed.</param>
internal sealed record PaymentSourceResponse(
    Guid Id, string Acquirer, string Status, PaymentActionResponse? NextAction, string? PaymentSource, string? FailureCode, DateTimeOffset CreatedAt)
{
    public static PaymentSourceResponse Of(PaymentSource source) => new(
        source.Id,
        source.Acquirer,
        source.Status,
        source.NextAction is { } action ? new PaymentActionResponse(action.Url, action.ExpiresAt) : null,
        source.Source,
        source.FailureCode,
        source.CreatedAt);
}
