using System.Globalization;
using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.PayPal;

/// <summary>
/// Reads the withdrawals from PayPal's balance to our bank, and what the balance did before each. PayPal does not say what a withdrawal is made up of. Thread-safe.
/// </summary>
/// <remarks>
/// The transaction search lists what happened up to three hours late, and says up to when it has come; rows may come later than others that are newer, and
/// change. So a withdrawal counts as paid when the list has come three hours further than it, and with each batch the 31 days before it are read again.
/// Source: developer.paypal.com Transaction Search v1.
/// </remarks>
internal sealed class PayPalSettlements(
    PayPalTransactions transactions, PayPalReads reads, PayPalClient client, PayPalOutcomes outcomes, TimeProvider timeProvider) : ISettlementSource
{
    private const string TimeFormat = "O";

    /// <summary>Before the time of a cursor in the middle of a batch's rows.</summary>
    private const char Onwards = '>';

    /// <summary>Spans that the search for a withdrawal goes back.</summary>
    private const int SpansMax = 12;

    /// <summary>How late PayPal may list a transaction.</summary>
    private static readonly TimeSpan Lag = TimeSpan.FromHours(3);

    /// <summary>Withdrawals that are listed late, or are pending for days.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromDays(14);

    /// <summary>What was read of a batch is read again with the next: a payment that was pending for days is listed under the day it began.</summary>
    private static readonly TimeSpan ReadAgain = PayPalTransactions.RangeMax;

    private static readonly TimeSpan SpanMin = TimeSpan.FromSeconds(1);

    /// <summary>A cursor moves by no less: the list comes further with every look at it.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromHours(1);

    // PayPal's newest time that was seen, in ticks. Its clock may be ahead of ours; a stale value costs another look.
    private long _refreshed;

    public string Name => PayPalAcquirer.ProviderName;

    public bool NamesLines => false;

    public async ValueTask<ProviderLookup<SettlementPage<SettlementBatch>>> ListBatchesAsync(
        string? cursor, DateTimeOffset notBefore, CancellationToken cancellationToken)
    {
        const string operation = "list_settlements";
        DateTimeOffset from = notBefore;
        if (cursor is not null && !TryTime(cursor, out from))
        {
            return outcomes.Unavailable<SettlementPage<SettlementBatch>>(operation, "the cursor is not a time");
        }

        DateTimeOffset start = Later(from - Overlap, notBefore);
        DateTimeOffset end = start + PayPalTransactions.RangeMax;
        DateTimeOffset refreshed = DateTimeOffset.MaxValue;
        List<PayPalRow> withdrawals = [];
        foreach (string code in PayPalRow.Withdrawals)
        {
            switch (await ReadAsync(operation, start, end, $"&transaction_type={code}", cancellationToken))
            {
                case ProviderLookup<PayPalRows>.Found { Value: { } read }:
                    withdrawals.AddRange(read.Rows);
                    refreshed = Earlier(read.RefreshedAt, refreshed);
                    break;
                case ProviderLookup<PayPalRows>.Unavailable { Reason: { } reason }:
                    return outcomes.Unavailable<SettlementPage<SettlementBatch>>(operation, reason);
                default:
                    return outcomes.Unavailable<SettlementPage<SettlementBatch>>(operation, "more withdrawals than the provider lists at once");
            }
        }

        DateTimeOffset next = Earlier(refreshed, end);
        return outcomes.Found(
            operation,
            new SettlementPage<SettlementBatch>(
                [
                    .. withdrawals.Where(row => row.IsWithdrawal && row.Status != "D").OrderBy(row => row.At).ThenBy(row => row.Id, StringComparer.Ordinal)
                        .Select(row => row.ToBatch(Status(row, isReturned: false, refreshed))),
                ],
                next - from < Step ? cursor : Text(next),
                end < refreshed));
    }

    public async ValueTask<ProviderLookup<SettlementBatch>> GetBatchAsync(string batchId, CancellationToken cancellationToken)
    {
        const string operation = "get_settlement";
        (PayPalRow? row, DateTimeOffset refreshed, string? problem) = await FindAsync(operation, batchId, cancellationToken);
        if (row is null)
        {
            return problem is null ? outcomes.NotFound<SettlementBatch>(operation) : outcomes.Unavailable<SettlementBatch>(operation, problem);
        }

        // One that came back is told by the row that brought it back, whatever its own says.
        ProviderLookup<PayPalRows> returns = await ReadAsync(
            operation, row.At, row.At + PayPalTransactions.RangeMax, $"&transaction_type={PayPalRow.WithdrawalReturned}", cancellationToken);
        return returns is ProviderLookup<PayPalRows>.Found { Value: { } back }
            ? outcomes.Found(operation, row.ToBatch(Status(row, back.Rows.Any(other => other.Reference == batchId && other.IsDone), refreshed)))
            : outcomes.Unavailable<SettlementBatch>(operation, "what came back cannot be read");
    }

    /// <summary>What the balance did up to a withdrawal, a span at a time.</summary>
    public async ValueTask<ProviderLookup<SettlementPage<SettlementLine>>> ListLinesAsync(
        string batchId, string? cursor, DateTimeOffset notBefore, CancellationToken cancellationToken)
    {
        const string operation = "list_settlement_lines";
        (PayPalRow? batch, _, string? problem) = await FindAsync(operation, batchId, cancellationToken);
        if (batch is null)
        {
            return outcomes.Unavailable<SettlementPage<SettlementLine>>(operation, problem ?? "the withdrawal is not listed any more");
        }

        DateTimeOffset end = batch.At + SpanMin;
        DateTimeOffset read = notBefore;
        bool isOnwards = cursor is [Onwards, ..];
        if (cursor is not null && !TryTime(isOnwards ? cursor[1..] : cursor, out read))
        {
            return outcomes.Unavailable<SettlementPage<SettlementLine>>(operation, "the cursor is not a time");
        }

        DateTimeOffset from = Earlier(isOnwards ? read : Later(Earlier(read, batch.At) - ReadAgain, notBefore), end);
        List<SettlementLine> lines = [];
        if (cursor is null)
        {
            if (await OpeningAsync(operation, from, cancellationToken) is not ProviderLookup<List<SettlementLine>>.Found { Value: { } opening })
            {
                return outcomes.Unavailable<SettlementPage<SettlementLine>>(operation, "the balance of before cannot be read");
            }

            lines.AddRange(opening);
        }

        for (TimeSpan span = PayPalTransactions.RangeMax; ; span /= 2)
        {
            DateTimeOffset to = Earlier(from + span, end);
            switch (await ReadAsync(operation, from, to, string.Empty, cancellationToken))
            {
                case ProviderLookup<PayPalRows>.Found { Value: { } rows }:
                    foreach (SettlementLine line in rows.Rows.Where(row => row.IsDone).Select(row => row.ToLine()).OfType<SettlementLine>())
                    {
                        if (await NamedAsync(operation, line, cancellationToken) is not { } named)
                        {
                            return outcomes.Unavailable<SettlementPage<SettlementLine>>(operation, "the capture that a row is about cannot be read");
                        }

                        lines.Add(named);
                    }

                    return outcomes.Found(
                        operation,
                        new SettlementPage<SettlementLine>(lines, to < end ? $"{Onwards}{Text(to)}" : Text(batch.At), to < end));
                case ProviderLookup<PayPalRows>.NotFound when span > SpanMin:
                    break;
                case ProviderLookup<PayPalRows>.Unavailable { Reason: { } reason }:
                    return outcomes.Unavailable<SettlementPage<SettlementLine>>(operation, reason);
                default:
                    return outcomes.Unavailable<SettlementPage<SettlementLine>>(operation, "more transactions in a second than the provider lists at once");
            }
        }
    }

    /// <summary>A dispute's row has no reference of ours, and may be listed before its capture's: the capture says which payment it is of.</summary>
    /// <returns><see langword="null"/> when it cannot be read now.</returns>
    private async ValueTask<SettlementLine?> NamedAsync(string operation, SettlementLine line, CancellationToken cancellationToken)
    {
        if (line is not { Kind: SettlementLineKind.Dispute or SettlementLineKind.DisputeReversal or SettlementLineKind.Refund, OurReference: null }
            || line.SourceId == line.Id || !PayPalIds.IsId(line.SourceId))
        {
            return line;
        }

        return await reads.OrderOfCaptureAsync(operation, line.SourceId, cancellationToken) switch
        {
            ProviderLookup<string>.Found { Value: { } order } => line with { PaymentId = order },
            ProviderLookup<string>.NotFound => line,
            _ => null,
        };
    }

    /// <summary>What was in the balance before anything is listed: nobody is named for it, and it leaves first.</summary>
    private async ValueTask<ProviderLookup<List<SettlementLine>>> OpeningAsync(string operation, DateTimeOffset from, CancellationToken cancellationToken)
    {
        PayPalCall call = client.Get(operation, $"/v1/reporting/balances?as_of_time={PayPalTransactions.Time(from - SpanMin)}");
        return outcomes.Lookup(call, await client.SendAsync(call, cancellationToken), json =>
        {
            if (json.List("balances") is null)
            {
                return null;
            }

            List<SettlementLine> lines = [];
            foreach (JsonElement total in json.Objects("balances").Select(balance => balance.Object("total_balance") ?? default))
            {
                if (total.Text("currency_code") is not { } currency || (PayPalAmounts.IsKnown(currency) && PayPalAmounts.ReadSigned(total) is null))
                {
                    return null;
                }

                if (PayPalAmounts.ReadSigned(total) is { MinorUnits: var units } && units != 0)
                {
                    lines.Add(new SettlementLine($"opening:{currency}", SettlementLineKind.Other, string.Empty, null, null, units, 0, currency, "opening") { At = from });
                }
            }

            return lines;
        });
    }

    /// <summary>A withdrawal by its id: PayPal has to be told the days, so they are searched from now on backwards.</summary>
    private async ValueTask<(PayPalRow? Row, DateTimeOffset Refreshed, string? Problem)> FindAsync(
        string operation, string batchId, CancellationToken cancellationToken)
    {
        if (!PayPalIds.IsId(batchId))
        {
            return (null, default, "not the provider's id of a transaction");
        }

        DateTimeOffset now = timeProvider.GetUtcNow();
        DateTimeOffset seen = new(Interlocked.Read(ref _refreshed), TimeSpan.Zero);
        DateTimeOffset end = Later(seen, now) + TimeSpan.FromMinutes(1);
        for (int spans = 0; spans < SpansMax; spans++)
        {
            DateTimeOffset start = end - PayPalTransactions.RangeMax;
            switch (await ReadAsync(operation, start, end, $"&transaction_id={batchId}", cancellationToken))
            {
                case ProviderLookup<PayPalRows>.Found { Value: { } read }:
                    if (read.Rows.FirstOrDefault(row => row.Id == batchId && row.IsWithdrawal) is { } found)
                    {
                        return (found, read.RefreshedAt, null);
                    }

                    break;
                case ProviderLookup<PayPalRows>.Unavailable { Reason: { } reason }:
                    return (null, default, reason);
                default:
                    return (null, default, "the list is missing");
            }

            end = start;
        }

        return (null, default, null);
    }

    private async ValueTask<ProviderLookup<PayPalRows>> ReadAsync(
        string operation, DateTimeOffset from, DateTimeOffset to, string filter, CancellationToken cancellationToken)
    {
        ProviderLookup<PayPalRows> answer = await transactions.ListAsync(operation, from, to, filter, cancellationToken);
        if (answer is ProviderLookup<PayPalRows>.Found { Value.RefreshedAt: var refreshed })
        {
            Interlocked.Exchange(ref _refreshed, Math.Max(Interlocked.Read(ref _refreshed), refreshed.UtcTicks));
        }

        return answer;
    }

    /// <summary>Until everything before it is listed a withdrawal is on its way for us, wherever its money is.</summary>
    private static SettlementBatchStatus Status(PayPalRow row, bool isReturned, DateTimeOffset refreshed) => row.Status switch
    {
        "P" => SettlementBatchStatus.Pending,
        _ when !row.IsDone => SettlementBatchStatus.Unrecognised,
        _ when refreshed < row.At + Lag => SettlementBatchStatus.Pending,
        "V" => SettlementBatchStatus.Failed,
        _ => isReturned ? SettlementBatchStatus.Failed : SettlementBatchStatus.Paid,
    };

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static string Text(DateTimeOffset at) => at.ToString(TimeFormat, CultureInfo.InvariantCulture);

    private static bool TryTime(string text, out DateTimeOffset at) =>
        DateTimeOffset.TryParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out at);
}
