using System.Globalization;
using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.PayPal;

/// <summary>What the transaction search told of a span.</summary>
/// <param name="RefreshedAt">Up to when PayPal has listed what happened; it may be hours ago.</param>
internal sealed record PayPalRows(IReadOnlyList<PayPalRow> Rows, DateTimeOffset RefreshedAt);

/// <summary>Reads <c>/v1/reporting/transactions</c>: a span as a whole, whatever pages it has. Thread-safe.</summary>
internal sealed class PayPalTransactions(PayPalClient client, PayPalOutcomes outcomes)
{
    /// <summary>The longest span that PayPal lists at once.</summary>
    public static readonly TimeSpan RangeMax = TimeSpan.FromDays(31);

    private const string Path = "/v1/reporting/transactions";
    private const string TooLarge = "RESULTSET_TOO_LARGE";
    private const int PageSize = 500;

    /// <summary>PayPal lists 10,000 rows at most.</summary>
    private const int PagesMax = 20;

    /// <param name="filter">More of the query, beginning with <c>&amp;</c>, or empty.</param>
    /// <returns>All rows from <paramref name="from"/> to <paramref name="to"/>; not found when there are more than PayPal lists at once.</returns>
    public async ValueTask<ProviderLookup<PayPalRows>> ListAsync(
        string operation, DateTimeOffset from, DateTimeOffset to, string filter, CancellationToken cancellationToken)
    {
        List<PayPalRow> rows = [];
        Page? first = null;
        for (int number = 1; number == 1 || number <= first!.Pages; number++)
        {
            if (number > PagesMax)
            {
                return new ProviderLookup<PayPalRows>.NotFound();
            }

            PayPalCall call = client.Get(
                operation,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Path}?start_date={Time(from)}&end_date={Time(to)}&fields=transaction_info&page_size={PageSize}&page={number}{filter}"));
            ProviderAttempt attempt = await client.SendAsync(call, cancellationToken);
            if (PayPalErrors.Read(attempt) is { } error && (error.Issue == TooLarge || error.Name == TooLarge))
            {
                return new ProviderLookup<PayPalRows>.NotFound();
            }

            if (outcomes.Lookup(call, attempt, Read) is not ProviderLookup<Page>.Found { Value: var page })
            {
                return outcomes.Unavailable<PayPalRows>(operation, attempt.IsSuccess ? "the answer cannot be read" : attempt.Reason);
            }

            first ??= page;
            if (page.Items != first.Items)
            {
                // A row that came in between has moved others from one page to another.
                return outcomes.Unavailable<PayPalRows>(operation, "the list has changed while it was read");
            }

            rows.AddRange(page.Rows);
        }

        return new ProviderLookup<PayPalRows>.Found(new PayPalRows(rows, first!.RefreshedAt));
    }

    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <returns><see langword="null"/> when a row or the frame cannot be read: then nothing is skipped.</returns>
    private static Page? Read(JsonElement json)
    {
        if (json.List("transaction_details") is null || json.Integer("total_items") is not { } items || json.Integer("total_pages") is not { } pages
            || json.Time("last_refreshed_datetime") is not { } refreshedAt)
        {
            return null;
        }

        List<PayPalRow> rows = [];
        foreach (JsonElement item in json.Objects("transaction_details"))
        {
            if (!PayPalRow.TryRead(item, out PayPalRow? row))
            {
                return null;
            }

            if (row is not null)
            {
                rows.Add(row);
            }
        }

        return new Page(rows, items, pages, refreshedAt);
    }

    private sealed record Page(List<PayPalRow> Rows, long Items, long Pages, DateTimeOffset RefreshedAt);
}
