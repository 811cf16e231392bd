using System.Globalization;
using System.Text.Json;
using Florin.Providers;
using Microsoft.AspNetCore.WebUtilities;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>The connector against a list that has its limits: 31 days, pages of 500, 10,000 rows, hours of lag.</summary>
public sealed class PayPalSettlementTests
{
    private const string Withdrawal = "WITHDRAWAL0000001";
    private const int RowsMax = 10_000;
    private const int PageSize = 500;

    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_767_100_000);
    private static readonly DateTimeOffset Withdrawn = Now.AddHours(-6);

    [Theory]
    [InlineData(3.1, "S", false, SettlementBatchStatus.Paid)]
    [InlineData(2.9, "S", false, SettlementBatchStatus.Pending)]
    [InlineData(2.9, "V", true, SettlementBatchStatus.Pending)]
    [InlineData(3.1, "V", false, SettlementBatchStatus.Failed)]
    [InlineData(3.1, "S", true, SettlementBatchStatus.Failed)]
    [InlineData(3.1, "P", false, SettlementBatchStatus.Pending)]
    [InlineData(3.1, "D", false, SettlementBatchStatus.Unrecognised)]
    [InlineData(3.1, "X", false, SettlementBatchStatus.Unrecognised)]
    public async Task A_withdrawal_is_paid_when_the_list_has_come_three_hours_further(
        double hoursListed, string status, bool isReturned, SettlementBatchStatus expected)
    {
        Row[] rows = [new(Withdrawal, "T0400", Withdrawn, "-60.00", Status: status), .. isReturned
            ? (Row[])[new("RETURN", "T1101", Withdrawn.AddHours(1), "60.00", Reference: Withdrawal)] : []];
        await using StripeServer server = await StartAsync(rows, Withdrawn.AddHours(hoursListed));
        await using PayPalUnderTest paypal = new(server.ApiBase, now: Now);
        SettlementBatch batch = Assert.IsType<ProviderLookup<SettlementBatch>.Found>(
            await paypal.Play(paypal.Settlements.GetBatchAsync(Withdrawal, TestContext.Current.CancellationToken))).Value;
        Assert.Equal((expected, (Int128)60_00, "USD"), (batch.Status, batch.MinorUnits, batch.Currency));
    }

    [Fact]
    public async Task A_withdrawal_is_found_however_long_ago_it_was_and_not_when_there_is_none()
    {
        await using StripeServer server = await StartAsync([new(Withdrawal, "T0401", Now.AddDays(-100), "-60.00")], Now);
        await using PayPalUnderTest paypal = new(server.ApiBase, now: Now);
        Assert.IsType<ProviderLookup<SettlementBatch>.Found>(await paypal.Play(paypal.Settlements.GetBatchAsync(Withdrawal, TestContext.Current.CancellationToken)));
        Assert.IsType<ProviderLookup<SettlementBatch>.NotFound>(await paypal.Play(paypal.Settlements.GetBatchAsync("OTHER", TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Withdrawals_are_listed_from_the_oldest_on_and_none_is_skipped()
    {
        Row[] rows = [.. Enumerable.Range(0, 60).Select(day => new Row($"W{day:00}", day % 2 == 0 ? "T0400" : "T0401", Now.AddDays(day - 60), "-1.00"))];
        await using StripeServer server = await StartAsync([.. rows, new("DENIED", "T0400", Now.AddDays(-3), "-5.00", Status: "D")], Now);
        await using PayPalUnderTest paypal = new(server.ApiBase, now: Now);
        List<string> read = [];
        string? cursor = null;
        for (bool isMore = true; isMore;)
        {
            SettlementPage<SettlementBatch> page = Assert.IsType<ProviderLookup<SettlementPage<SettlementBatch>>.Found>(
                await paypal.Play(paypal.Settlements.ListBatchesAsync(cursor, Now.AddDays(-60), TestContext.Current.CancellationToken))).Value;
            read.AddRange(page.Items.Select(batch => batch.Id));
            Assert.True(!page.HasMore || page.NextCursor != cursor);
            (cursor, isMore) = (page.NextCursor, page.HasMore);
        }

        Assert.Equal(rows.Select(row => row.Id), read.Distinct());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_201)]
    [InlineData(25_000)]
    public async Task Every_row_before_a_withdrawal_is_listed_whatever_the_list_can_take_at_once(int count)
    {
        // The newest is of the withdrawal's own second; all of a second is at most what one page holds.
        Row[] rows = [.. Enumerable.Range(0, count).Select(n => new Row($"R{n:00000}", "T0006", Withdrawn.AddSeconds(-(n / 400) * 600), "1.00", "-0.10"))];
        Row[] others = [new(Withdrawal, "T0400", Withdrawn, "-60.00", "-0.25"), new("PENDING", "T0006", Withdrawn.AddHours(-1), "9.00", Status: "P"),
            new("LATER", "T0006", Withdrawn.AddHours(1), "9.00"), new("ROUBLES", "T0006", Withdrawn.AddHours(-1), "9.00", Currency: "RUB")];
        await using StripeServer server = await StartAsync([.. rows, .. others], Now);
        await using PayPalUnderTest paypal = new(server.ApiBase, now: Now);
        List<SettlementLine> lines = [];
        string? cursor = null;
        for (bool isMore = true; isMore;)
        {
            SettlementPage<SettlementLine> page = Assert.IsType<ProviderLookup<SettlementPage<SettlementLine>>.Found>(
                await paypal.Play(paypal.Settlements.ListLinesAsync(Withdrawal, cursor, Now.AddDays(-70), TestContext.Current.CancellationToken))).Value;
            lines.AddRange(page.Items);
            (cursor, isMore) = (page.NextCursor, page.HasMore);
        }

        Assert.Equal(
            ["opening:USD", .. rows.Select(row => row.Id), $"{Withdrawal}:fee"],
            lines.Select(line => line.Id).Distinct().Order(StringComparer.Ordinal).OrderBy(id => id.StartsWith("opening", StringComparison.Ordinal) ? 0 : 1));
        Assert.Equal(7_00, lines.First(line => line.Id == "opening:USD").Gross);
        Assert.Equal((-25, SettlementLineKind.Fee), ((int)lines.First(line => line.Id == $"{Withdrawal}:fee").Net, lines.First(line => line.Id == $"{Withdrawal}:fee").Kind));
        Assert.All(lines.Where(line => line.Kind == SettlementLineKind.Payment), line => Assert.Equal((100, 10), ((int)line.Gross, (int)line.Fee)));

        // The next withdrawal goes on from here, and reads what may have come late once more.
        Assert.Equal(Withdrawn, DateTimeOffset.ParseExact(cursor!, "O", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("T0006", "1.00", SettlementLineKind.Payment)]
    [InlineData("T0006", "-1.00", SettlementLineKind.Other)]
    [InlineData("T0001", "-1.00", SettlementLineKind.Payout)]
    [InlineData("T1114", "1.00", SettlementLineKind.Payout)]
    [InlineData("T0106", "-1.00", SettlementLineKind.Fee)]
    [InlineData("T1109", "1.00", SettlementLineKind.Fee)]
    [InlineData("T0200", "-1.00", SettlementLineKind.Other)]
    [InlineData("T0300", "1.00", SettlementLineKind.Other)]
    [InlineData("T1101", "1.00", SettlementLineKind.BatchReturned)]
    [InlineData("T1105", "1.00", SettlementLineKind.Withheld)]
    [InlineData("T1106", "-1.00", SettlementLineKind.Dispute)]
    [InlineData("T1107", "-1.00", SettlementLineKind.Refund)]
    [InlineData("T1107", "1.00", SettlementLineKind.RefundReturned)]
    [InlineData("T1201", "-1.00", SettlementLineKind.Dispute)]
    [InlineData("T1202", "1.00", SettlementLineKind.DisputeReversal)]
    [InlineData("T1503", "-1.00", SettlementLineKind.Withheld)]
    [InlineData("T9999", "-1.00", SettlementLineKind.Other)]
    public async Task Each_code_is_a_kind_of_line_and_an_unknown_one_is_nobodys(string code, string amount, SettlementLineKind kind)
    {
        await using StripeServer server = await StartAsync([new("ROW", code, Withdrawn.AddHours(-1), amount), new(Withdrawal, "T0400", Withdrawn, "-60.00")], Now);
        await using PayPalUnderTest paypal = new(server.ApiBase, now: Now);
        SettlementPage<SettlementLine> page = Assert.IsType<ProviderLookup<SettlementPage<SettlementLine>>.Found>(
            await paypal.Play(paypal.Settlements.ListLinesAsync(
                Withdrawal, Now.ToString("O", CultureInfo.InvariantCulture), Now.AddDays(-70), TestContext.Current.CancellationToken))).Value;
        SettlementLine line = Assert.Single(page.Items, line => line.Id == "ROW");
        Assert.Equal((kind, code), (line.Kind, line.RawKind));
    }

    private static Task<StripeServer> StartAsync(Row[] rows, DateTimeOffset refreshed) => StripeServer.StartAsync((seen, context) =>
    {
        (int status, string body) = seen.Path.Split('/')[^1] switch
        {
            "token" => (200, PayPalOutcomeTests.TokenAnswer),
            "balances" => (200, """{"balances":[{"currency":"USD","total_balance":{"currency_code":"USD","value":"7.00"}},{"currency":"EUR","total_balance":{"currency_code":"EUR","value":"0.00"}}]}"""),
            _ => List(rows, refreshed, seen.Query),
        };
        return StripeServer.AnswerAsync(context, status, body);
    });

    private static (int Status, string Body) List(Row[] rows, DateTimeOffset refreshed, string query)
    {
        var asked = QueryHelpers.ParseQuery(query);
        (DateTimeOffset from, DateTimeOffset to) = (Time(asked["start_date"]!), Time(asked["end_date"]!));
        int page = int.Parse(asked["page"]!, CultureInfo.InvariantCulture);
        if (to - from > TimeSpan.FromDays(31) || from > refreshed || asked["page_size"] != "500")
        {
            return (400, """{"name":"INVALID_REQUEST","message":"refused","details":[{"issue":"INVALID_DATE_RANGE"}]}""");
        }

        Row[] wanted = [.. rows.Where(row => row.At >= from && row.At <= to
            && (!asked.TryGetValue("transaction_type", out var code) || row.Code == code)
            && (!asked.TryGetValue("transaction_id", out var id) || row.Id == id))];
        return wanted.Length > RowsMax
            ? (400, """{"name":"RESULTSET_TOO_LARGE","message":"too many"}""")
            : (200, JsonSerializer.Serialize(new
            {
                transaction_details = wanted.Skip((page - 1) * PageSize).Take(PageSize).Select(row => new { transaction_info = row.Info() }),
                total_items = wanted.Length,
                total_pages = (wanted.Length + PageSize - 1) / PageSize,
                last_refreshed_datetime = refreshed.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'+0000'", CultureInfo.InvariantCulture),
            }));
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private sealed record Row(
        string Id, string Code, DateTimeOffset At, string Amount, string? Fee = null, string Status = "S", string? Reference = null, string Currency = "USD")
    {
        public Dictionary<string, object> Info()
        {
            Dictionary<string, object> info = new()
            {
                ["transaction_id"] = Id,
                ["transaction_event_code"] = Code,
                ["transaction_status"] = Status,
                ["transaction_initiation_date"] = At.ToOffset(TimeSpan.FromHours(-7)).ToString("yyyy-MM-dd'T'HH:mm:ss'-0700'", CultureInfo.InvariantCulture),
                ["transaction_amount"] = new { currency_code = Currency, value = Amount },
            };
            if (Fee is not null)
            {
                info["fee_amount"] = new { currency_code = Currency, value = Fee };
            }

            if (Reference is not null)
            {
                info["paypal_reference_id"] = Reference;
            }

            return info;
        }
    }
}
