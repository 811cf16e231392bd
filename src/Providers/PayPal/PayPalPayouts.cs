using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.PayPal;

/// <summary>Pays out through PayPal, one item for each batch. Thread-safe.</summary>
/// <remarks>
/// The guard against paying twice is the batch's id of ours, which PayPal remembers for 30 days: a repeat is refused with a link to the original, which is
/// then read. The destination is a PayPal account id, or an e-mail address.
/// </remarks>
internal sealed class PayPalPayouts(PayPalClient client, PayPalOutcomes outcomes) : IPayoutProvider
{
    private const string Path = "/v1/payments/payouts";

    public string Name => PayPalAcquirer.ProviderName;

    public TimeSpan? RepeatsAnswerFor => TimeSpan.FromDays(30);

    public async ValueTask<ProviderOutcome<ProviderPayout>> CreatePayoutAsync(PayoutRequest request, CancellationToken cancellationToken)
    {
        const string operation = "create_payout";
        PayPalIds.RequireReference(request.OurReference);
        string batchId = PayPalIds.RequestId(request.IdempotencyKey, "payout");
        if (!PayPalAmounts.TryToPayPal(request.MinorUnits, request.Currency, out string value, out string? refusal))
        {
            return outcomes.Refused<ProviderPayout>(operation, refusal!);
        }

        if (!PayPalIds.IsEmail(request.Destination) && !PayPalIds.IsId(request.Destination))
        {
            return outcomes.Refused<ProviderPayout>(operation, PayPalRefusals.InvalidDestination);
        }

        PayPalCall call = client.Post(operation, CallKind.RepeatableMoney, Path, PayPalBodies.Payout(request, value, batchId), requestId: null);
        ProviderAttempt attempt = await client.SendAsync(call, cancellationToken);
        return PayPalErrors.Read(attempt) is { DuplicateOf: { } original }
            ? await OriginalAsync(request, original, cancellationToken)
            : outcomes.Outcome(call, attempt, json => json.Object("batch_header") is { } header && header.Text("payout_batch_id") is { Length: > 0 } id
                ? new ProviderOutcome<ProviderPayout>.Accepted(New(request, id, header.Text("batch_status")))
                : null);
    }

    public async ValueTask<ProviderLookup<ProviderPayout>> GetPayoutAsync(string payoutId, CancellationToken cancellationToken)
    {
        const string operation = "get_payout";
        if (!PayPalIds.IsId(payoutId))
        {
            return outcomes.Unavailable<ProviderPayout>(operation, "not the provider's id of a payout");
        }

        PayPalCall call = client.Get(operation, $"{Path}/{payoutId}");
        return outcomes.Lookup(call, await client.SendAsync(call, cancellationToken), Read);
    }

    /// <summary>The batch that this request, or another one under its key, made before.</summary>
    private async ValueTask<ProviderOutcome<ProviderPayout>> OriginalAsync(PayoutRequest request, string payoutId, CancellationToken cancellationToken)
        => await GetPayoutAsync(payoutId, cancellationToken) switch
        {
            ProviderLookup<ProviderPayout>.Found { Value: var found }
                when (found.MinorUnits, found.Currency, found.OurReference) == (request.MinorUnits, request.Currency, request.OurReference)
                => new ProviderOutcome<ProviderPayout>.Accepted(found),
            ProviderLookup<ProviderPayout>.Found => new ProviderOutcome<ProviderPayout>.Unknown("the idempotency key was used before with other content"),
            _ => new ProviderOutcome<ProviderPayout>.Unknown("the payout was made before and cannot be read"),
        };

    private static ProviderPayout New(PayoutRequest request, string id, string? status)
        => new(id, ProviderPayoutStatus.Pending, request.MinorUnits, request.Currency, request.OurReference, FailureCode: null, status ?? "PENDING");

    private static ProviderPayout? Read(JsonElement json)
    {
        JsonElement item = json.Objects("items").FirstOrDefault();
        if (json.Object("batch_header") is not { } header || header.Text("payout_batch_id") is not { Length: > 0 } id
            || item.Text("transaction_status") is not { Length: > 0 } status || item.Object("payout_item") is not { } asked
            || PayPalAmounts.Read(asked.Object("amount"), "currency") is not { } amount)
        {
            return null;
        }

        ProviderPayoutStatus state = Status(status, header.Text("batch_status"));
        bool isFailure = state is ProviderPayoutStatus.Failed or ProviderPayoutStatus.Canceled;
        string? failure = isFailure || status == "UNCLAIMED" ? item.Object("errors")?.Text("name") ?? status : null;
        return new ProviderPayout(id, state, amount.MinorUnits, amount.Currency, asked.Text("sender_item_id"), failure, status);
    }

    /// <summary>What nobody claimed has left our balance and may still come back: on its way. What came back after it was paid has failed (fault B-08).</summary>
    private static ProviderPayoutStatus Status(string status, string? batch) => (status, batch) switch
    {
        (_, "DENIED") => ProviderPayoutStatus.Failed,
        (_, "CANCELED") => ProviderPayoutStatus.Canceled,
        ("PENDING", _) => ProviderPayoutStatus.Pending,
        ("UNCLAIMED" or "ONHOLD", _) => ProviderPayoutStatus.InTransit,
        ("SUCCESS", _) => ProviderPayoutStatus.Paid,
        ("FAILED" or "BLOCKED" or "RETURNED" or "REFUNDED" or "REVERSED", _) => ProviderPayoutStatus.Failed,
        _ => ProviderPayoutStatus.Unrecognised,
    };
}
