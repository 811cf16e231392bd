using System.Globalization;
using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.PayPal;

/// <summary><c>/v1/reporting</c>: the movements of the balance, and the balance of a day. Source: developer.paypal.com Transaction Search v1.</summary>
internal static class TransactionSearch
{
    private const string ListPath = "/v1/reporting/transactions";
    private const string BalancesPath = "/v1/reporting/balances";
    private const int PageMax = 500;
    private const int PageDefault = 100;
    private const int RowsMax = 10_000;
    private static readonly TimeSpan RangeMax = TimeSpan.FromDays(31);

    /// <summary>With any of these the answer says nothing of balances.</summary>
    private static readonly string[] Filters = ["transaction_id", "transaction_type", "transaction_status", "transaction_currency"];

    public static IEnumerable<PayPalRoute> Routes =>
    [
        new("GET", ListPath, "reporting.transactions", List),
        new("GET", BalancesPath, "reporting.balances", Balances),
    ];

    /// <summary>The search writes its times with a numeric offset.</summary>
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'+0000'", CultureInfo.InvariantCulture);

    private static PayPalAnswer List(PayPalCall call)
    {
        if (ReadTime(call.Text("start_date")) is not { } start || ReadTime(call.Text("end_date")) is not { } end || end < start)
        {
            return PayPalAnswer.Error(400, "INVALID_PARAMETER_SYNTAX", "start_date");
        }

        if (end - start > RangeMax)
        {
            return PayPalAnswer.Error(400, "INVALID_DATE_RANGE", "end_date", "Date range is greater than 31 days.");
        }

        // What is hidden because it is young is not listed yet: the list has not come as far.
        var refreshed = call.VisibleUntilMs == long.MaxValue ? call.Unit.Now : DateTimeOffset.FromUnixTimeMilliseconds(call.VisibleUntilMs);
        if (start > refreshed)
        {
            return PayPalAnswer.Error(400, "INVALID_RESOURCE", "start_date", "Data for the given start date is not available.");
        }

        List<StoredObject> rows =
        [
            .. call.Unit.NewestFirst(PayPalTypes.Transaction)
                .Where(row => row.Hidden.Number("created_ms") is var at && at <= call.VisibleUntilMs && IsWithin(at, start, end)
                    && !row.Hidden.Flag(Transactions.IsLate) && Matches(row.Body, call))
                .SelectMany(row => row.Hidden.Flag(Transactions.IsTwice) ? [row, row] : (IEnumerable<StoredObject>)[row]).Reverse(),
        ];
        if (rows.Count > RowsMax)
        {
            return PayPalAnswer.Error(400, "RESULTSET_TOO_LARGE", null, "Result set size is greater than the maximum limit.");
        }

        var size = int.TryParse(call.Text("page_size"), out var asked) && asked is > 0 and <= PageMax ? asked : PageDefault;
        var page = int.TryParse(call.Text("page"), out var number) && number > 0 ? number : 1;
        var hasBalances = !Array.Exists(Filters, name => call.Text(name) is not null);
        return PayPalAnswer.Ok(new JsonObject
        {
            ["transaction_details"] = new JsonArray([.. rows.Skip((page - 1) * size).Take(size).Select(row => (JsonNode)Show(row, hasBalances))]),
            ["start_date"] = Time(start),
            ["end_date"] = Time(end),
            ["last_refreshed_datetime"] = Time(refreshed),
            ["page"] = (long)page,
            ["total_items"] = (long)rows.Count,
            ["total_pages"] = (long)((rows.Count + size - 1) / size),
            ["links"] = new JsonArray(call.Session.Link("self", ListPath)),
        });
    }

    private static PayPalAnswer Balances(PayPalCall call)
    {
        var asOf = call.Text("as_of_time") is { } text ? ReadTime(text) : call.Unit.Now;
        var only = call.Text("currency_code");
        if (asOf is not { } at || (only is not null && PayPalCurrencies.Of(only) is null))
        {
            return PayPalAnswer.Error(400, "INVALID_PARAMETER_SYNTAX", "as_of_time");
        }

        var moved = call.Unit.NewestFirst(PayPalTypes.Transaction).Where(row => row.Hidden.Number("created_ms") <= at.ToUnixTimeMilliseconds())
            .GroupBy(row => row.Body["transaction_amount"]!["currency_code"]!.GetValue<string>())
            .ToDictionary(group => group.Key, group => group.Sum(row => row.Hidden.Number(Transactions.Net)));
        var balances = new JsonArray();
        foreach (var currency in PayPalCurrencies.All.Where(currency => only is null || currency == only))
        {
            var total = new Money(currency, call.Session.Options.OpeningBalance + moved.GetValueOrDefault(currency)).ToJson();
            balances.Add((JsonNode)new JsonObject
            {
                ["currency"] = currency,
                ["primary"] = currency == "USD",
                ["total_balance"] = total,
                ["available_balance"] = total.DeepClone(),
            });
        }

        return PayPalAnswer.Ok(new JsonObject { ["balances"] = balances, ["as_of_time"] = Time(at), ["last_refresh_time"] = Time(call.Unit.Now) });
    }

    private static JsonObject Show(StoredObject row, bool hasBalances)
    {
        var info = row.Body.Copy();
        if (!hasBalances)
        {
            info.Remove("ending_balance");
            info.Remove("available_balance");
        }

        return new JsonObject { ["transaction_info"] = info };
    }

    private static bool Matches(JsonObject info, PayPalCall call) =>
        IsAsked(call.Text("transaction_id"), info.Text("transaction_id"))
        && IsAsked(call.Text("transaction_type"), info.Text("transaction_event_code"))
        && IsAsked(call.Text("transaction_status"), info.Text("transaction_status"))
        && IsAsked(call.Text("transaction_currency"), info["transaction_amount"]!["currency_code"]!.GetValue<string>());

    private static bool IsAsked(string? asked, string? found) => asked is null || asked == found;

    /// <summary>Times have seconds, and both ends belong to the span.</summary>
    private static bool IsWithin(long createdMs, DateTimeOffset start, DateTimeOffset end)
    {
        var seconds = createdMs / 1000;
        return seconds >= start.ToUnixTimeSeconds() && seconds <= end.ToUnixTimeSeconds();
    }

    private static DateTimeOffset? ReadTime(string? text) =>
        text is { Length: >= 20 } && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;
}
