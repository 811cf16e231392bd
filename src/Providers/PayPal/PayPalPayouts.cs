using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.PayPal;

/// <summary>Pays out through PayPal, one item for each batch. Thread-safe.</summary>
/// <remarks>
/// The guard against paying twice is the batch's id of ours, which PayPal remembers for 30 days: a repeat is refused with a link to the original, which is
/// then read. <c>PayPal-Request-Id</c> guards nothing here. There is no list to look in. The destination is a PayPal account id, or an e-mail address.
/// </remarks>
internal sealed class PayPalPayouts(PayPalClient client, PayPalOutcomes outcomes) : IPayoutProvider
{
    private const string Path = "/v1/payments/payouts";
    private const string InsufficientFunds = "INSUFFICIENT_FUNDS";

    public string Name => PayPalAcquirer.ProviderName;

    public TimeSpan? RepeatsAnswerFor => TimeSpan.FromDays(30);

    public UInt128? StepOf(string currency) => PayPalAmounts.StepOf(currency);

    public bool IsDestination(string destination) => PayPalIds.IsEmail(destination) || PayPalIds.IsAccountId(destination);

    public async ValueTask<ProviderOutcome<ProviderPayout>> CreatePayoutAsync(PayoutRequest request, CancellationToken cancellationToken)
    {
        const string operation = "create_payout";
        PayPalIds.RequireReference(request.OurReference);
        string batchId = PayPalIds.RequestId(request.IdempotencyKey, "payout");
        if (!PayPalAmounts.TryToPayPal(request.MinorUnits, request.Currency, out string value, out string? refusal))
        {
            return outcomes.Refused<ProviderPayout>(operation, refusal!);
        }

        if (!IsDestination(request.Destination))
        {
            return outcomes.Refused<ProviderPayout>(operation, PayPalRefusals.InvalidDestination);
        }

        PayPalCall call = client.Post(operation, CallKind.RepeatableMoney, Path, PayPalBodies.Payout(request, value, batchId), requestId: null);
        ProviderAttempt attempt = await client.SendAsync(call, cancellationToken);
        return PayPalErrors.Read(attempt) switch
        {
            { DuplicateOf: { } original } => await OriginalAsync(request, original, cancellationToken),

            // The balance may be short because the earlier request took it.
            { Issue: InsufficientFunds } when request.IsRepeat || call.Call.MayHaveArrived =>
                outcomes.Unsure<ProviderPayout>(call, attempt, "the balance is short now, which says nothing about the earlier request"),
            _ => outcomes.Outcome(call, attempt, json => json.Object("batch_header") is { } header && header.Text("payout_batch_id") is { Length: > 0 } id
                ? new ProviderOutcome<ProviderPayout>.Accepted(New(request, id, header.Text("batch_status")))
                : null),
        };
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

    /// <summary>Always unavailable: PayPal lists neither batches nor items, and finds them by its own ids alone. <see cref="RepeatsAnswerFor"/> is the way.</summary>
    public ValueTask<ProviderLookup<ProviderPayout>> FindPayoutAsync(
        string ourReference, string destination, DateTimeOffset notBefore, CancellationToken cancellationToken)
        => ValueTask.FromResult(outcomes.Unavailable<ProviderPayout>("find_payout", "PayPal keeps no list of payouts: repeat the request under its key"));

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
        if (json.Object("batch_header") is not { } header || header.Text("payout_batch_id") is not { Length: > 0 } id)
        {
            return null;
        }

        // A batch that was refused as a whole may have no items: its amount is the item's.
        if (!json.Objects("items").Any() && header.Text("batch_status") is "DENIED" or "CANCELED" && PayPalAmounts.Read(header.Object("amount"), "currency") is { } total)
        {
            string refused = header.Text("batch_status")!;
            return new ProviderPayout(id, Status(string.Empty, refused), total.MinorUnits, total.Currency, OurReference: null, refused, refused);
        }

        if (item.Text("transaction_status") is not { Length: > 0 } status || item.Object("payout_item") is not { } asked
            || PayPalAmounts.Read(asked.Object("amount"), "currency") is not { } amount)
        {
            return null;
        }

        ProviderPayoutStatus state = Status(status, header.Text("batch_status"));
        bool isFailure = state is ProviderPayoutStatus.Failed or ProviderPayoutStatus.Canceled;
        string? failure = isFailure || state == ProviderPayoutStatus.Unclaimed ? item.Object("errors")?.Text("name") ?? status : null;
        return new ProviderPayout(id, state, amount.MinorUnits, amount.Currency, asked.Text("sender_item_id"), failure, status);
    }

    /// <summary>
    /// What nobody claimed, or PayPal holds, has left our balance and may still come back: not paid. What came back after it was paid has failed (fault B-08).
    /// A batch that succeeded is one whose items were all looked at, and says nothing of them; a batch that was refused has paid nobody.
    /// </summary>
    private static ProviderPayoutStatus Status(string status, string? batch) => (status, batch) switch
    {
        ("SUCCESS" or "UNCLAIMED" or "ONHOLD", "DENIED" or "CANCELED") => ProviderPayoutStatus.Unrecognised,
        (_, "DENIED") => ProviderPayoutStatus.Failed,
        (_, "CANCELED") => ProviderPayoutStatus.Canceled,
        ("PENDING", _) => ProviderPayoutStatus.Pending,
        ("UNCLAIMED", _) => ProviderPayoutStatus.Unclaimed,
        ("ONHOLD", _) => ProviderPayoutStatus.OnHold,
        ("SUCCESS", _) => ProviderPayoutStatus.Paid,
        ("FAILED" or "DENIED" or "BLOCKED" or "RETURNED" or "REFUNDED" or "REVERSED", _) => ProviderPayoutStatus.Failed,
        _ => ProviderPayoutStatus.Unrecognised,
    };
}
