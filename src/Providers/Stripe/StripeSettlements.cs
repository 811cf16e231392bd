using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.Stripe;

/// <summary>Reads Stripe's automatic payouts and the balance transactions in them. Payouts that were asked for hold no lines and are left out.</summary>
internal sealed class StripeSettlements(StripeClient client, StripeOutcomes outcomes, StripeList list) : ISettlementSource
{
    private const string Payouts = "/v1/payouts";
    private const string NotAPayout = "not the provider's id of a payout";

    /// <summary>Pages that the search for the oldest payout reads.</summary>
    private const int PagesMax = 50;

    public string Name => StripePaymentProvider.ProviderName;

    public async ValueTask<ProviderLookup<SettlementPage<SettlementBatch>>> ListBatchesAsync(
        string? cursor, DateTimeOffset notBefore, CancellationToken cancellationToken)
    {
        const string operation = "list_settlements";
        ProviderLookup<StripePage<StripeBankPayout>> answer = cursor is not null && StripeIds.IsPayout(cursor)
            ? await BatchesAsync(query => query.Add("ending_before", cursor), cancellationToken)
            : await OldestAsync(notBefore, cancellationToken);
        return answer switch
        {
            ProviderLookup<StripePage<StripeBankPayout>>.Found { Value: { } page } => outcomes.Found(
                operation,
                new SettlementPage<SettlementBatch>(
                    [.. page.Items.Reverse().Where(payout => payout.IsAutomatic).Select(payout => payout.Batch)], page.FirstId ?? cursor, page.HasMore)),
            ProviderLookup<StripePage<StripeBankPayout>>.Unavailable { Reason: { } reason } =>
                outcomes.Unavailable<SettlementPage<SettlementBatch>>(operation, reason),
            _ => outcomes.Unavailable<SettlementPage<SettlementBatch>>(operation, "the cursor's payout is not known any more"),
        };
    }

    public async ValueTask<ProviderLookup<SettlementBatch>> GetBatchAsync(string batchId, CancellationToken cancellationToken)
    {
        const string operation = "get_settlement";
        if (!StripeIds.IsPayout(batchId))
        {
            return outcomes.Unavailable<SettlementBatch>(operation, NotAPayout);
        }

        ProviderCall call = client.Get(operation, $"{Payouts}/{batchId}");
        return outcomes.Lookup(call, await client.SendAsync(call, cancellationToken), StripeBankPayout.Read) switch
        {
            ProviderLookup<StripeBankPayout>.Found { Value: { IsAutomatic: true } payout } => new ProviderLookup<SettlementBatch>.Found(payout.Batch),
            ProviderLookup<StripeBankPayout>.Unavailable { Reason: { } reason } => new ProviderLookup<SettlementBatch>.Unavailable(reason),

            // One that was asked for is no settlement.
            _ => new ProviderLookup<SettlementBatch>.NotFound(),
        };
    }

    public async ValueTask<ProviderLookup<SettlementPage<SettlementLine>>> ListLinesAsync(
        string batchId, string? cursor, DateTimeOffset notBefore, CancellationToken cancellationToken)
    {
        const string operation = "list_settlement_lines";
        if (!StripeIds.IsPayout(batchId))
        {
            return outcomes.Unavailable<SettlementPage<SettlementLine>>(operation, NotAPayout);
        }

        StripeForm query = new StripeForm().Add("payout", batchId).Add("limit", StripeList.PageMax).AddItem("expand", "data.source");
        ProviderLookup<StripePage<StripeBalanceLine>> answer = await list.PageAsync(
            "list_settlement_lines_page",
            "/v1/balance_transactions",
            cursor is null ? query : query.Add("starting_after", cursor),
            StripeBalanceLine.Read,
            cancellationToken);

        // The payout itself is among its lines.
        return answer is ProviderLookup<StripePage<StripeBalanceLine>>.Found { Value: { } page }
            ? outcomes.Found(
                operation,
                new SettlementPage<SettlementLine>(
                    [.. page.Items.Where(line => line.Line.SourceId != batchId).Select(line => line.Line)], page.LastId ?? cursor, page.HasMore))
            : outcomes.Unavailable<SettlementPage<SettlementLine>>(
                operation, answer is ProviderLookup<StripePage<StripeBalanceLine>>.Unavailable { Reason: { } reason } ? reason : "the list is missing");
    }

    /// <summary>The page of the oldest payouts made after a time.</summary>
    private async ValueTask<ProviderLookup<StripePage<StripeBankPayout>>> OldestAsync(DateTimeOffset notBefore, CancellationToken cancellationToken)
    {
        long from = Math.Max(0, notBefore.ToUnixTimeSeconds());
        string? after = null;
        for (int pages = 0; pages < PagesMax; pages++)
        {
            ProviderLookup<StripePage<StripeBankPayout>> answer = await BatchesAsync(
                query => after is null ? query.Add("created[gte]", from) : query.Add("created[gte]", from).Add("starting_after", after), cancellationToken);
            if (answer is not ProviderLookup<StripePage<StripeBankPayout>>.Found { Value: { } page })
            {
                return answer;
            }

            if (!page.HasMore)
            {
                // Newer ones follow when this is not the first page.
                return new ProviderLookup<StripePage<StripeBankPayout>>.Found(page with { HasMore = after is not null });
            }

            after = page.LastId;
        }

        return new ProviderLookup<StripePage<StripeBankPayout>>.Unavailable($"the oldest payout was not found within {PagesMax} pages");
    }

    private ValueTask<ProviderLookup<StripePage<StripeBankPayout>>> BatchesAsync(Func<StripeForm, StripeForm> filter, CancellationToken cancellationToken) =>
        list.PageAsync("list_settlements_page", Payouts, filter(new StripeForm().Add("limit", StripeList.PageMax)), StripeBankPayout.Read, cancellationToken);
}

/// <summary>A payout as a settlement; one that was asked for is none.</summary>
internal sealed record StripeBankPayout(bool IsAutomatic, SettlementBatch Batch)
{
    public static StripeBankPayout? Read(JsonElement json)
    {
        string currency = json.Text("currency")?.ToUpperInvariant() ?? string.Empty;
        if (json.Text("object") != "payout" || json.Text("id") is not { } id || json.Text("status") is not { } status
            || json.Flag("automatic") is not { } isAutomatic || StripeBalanceLine.Signed(json.Integer("amount"), currency) is not { } amount)
        {
            return null;
        }

        // Lines can be listed when the payout is reconciled.
        bool isReconciled = json.Text("reconciliation_status") == "completed";
        return new StripeBankPayout(isAutomatic, new SettlementBatch(id, Status(status, isReconciled), amount, currency, status));
    }

    private static SettlementBatchStatus Status(string status, bool isReconciled) => status switch
    {
        "pending" or "in_transit" => SettlementBatchStatus.Pending,
        "paid" => isReconciled ? SettlementBatchStatus.Paid : SettlementBatchStatus.Pending,
        "failed" or "canceled" => SettlementBatchStatus.Failed,
        _ => SettlementBatchStatus.Unrecognised,
    };
}

/// <summary>A balance transaction with its source in its place.</summary>
internal sealed record StripeBalanceLine(SettlementLine Line)
{
    public static StripeBalanceLine? Read(JsonElement json)
    {
        string currency = json.Text("currency")?.ToUpperInvariant() ?? string.Empty;
        if (json.Text("object") != "balance_transaction" || json.Text("id") is not { Length: > 0 } id || json.Text("type") is not { } type
            || Signed(json.Integer("amount"), currency) is not { } gross || Signed(json.Integer("fee"), currency) is not { } fee)
        {
            return null;
        }

        JsonElement? source = json.Object("source");
        SettlementLineKind kind = Kind(type, json.Text("reporting_category"));
        return new StripeBalanceLine(new SettlementLine(
            id,
            kind,
            source?.Text("id") ?? json.Text("source") ?? string.Empty,
            source?.Text("payment_intent"),
            kind == SettlementLineKind.Payment && source is { } charge ? StripeObjects.Reference(charge) : null,
            gross,
            fee,
            currency,
            type));
    }

    /// <summary>Null when the amount is missing or ISO's units cannot say it.</summary>
    public static Int128? Signed(long? amount, string currency) =>
        amount is { } units && units != long.MinValue && StripeCurrencies.TryFromStripe(Math.Abs(units), currency, out UInt128 minorUnits)
            ? units < 0 ? -(Int128)minorUnits : (Int128)minorUnits
            : null;

    /// <summary>Stripe's reporting category is its own grouping for accounts; where it has none for us, its type tells.</summary>
    private static SettlementLineKind Kind(string type, string? category) => (category, type) switch
    {
        ("charge", _) => SettlementLineKind.Payment,
        ("refund", _) => SettlementLineKind.Refund,
        ("refund_failure", _) => SettlementLineKind.RefundReturned,
        ("dispute", _) => SettlementLineKind.Dispute,
        ("dispute_reversal", _) => SettlementLineKind.DisputeReversal,
        ("fee", _) => SettlementLineKind.Fee,
        ("charge_failure", _) => SettlementLineKind.PaymentReversal,
        (_, "payout_failure" or "payout_cancel") => SettlementLineKind.BatchReturned,
        _ => SettlementLineKind.Other,
    };
}
