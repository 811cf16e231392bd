using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>What leaves PayPal's balance for the house's bank, with PayPal's record of its balance and SQL as judges. Each test begins with an empty balance.</summary>
public sealed class HttpPayPalSettlementTests(HttpPayPalSettlementWorld world) : IClassFixture<HttpPayPalSettlementWorld>, IAsyncLifetime
{
    private const string Source = "paypal:sandbox_ok";

    /// <summary>PayPal's balance before anything happened, in cents.</summary>
    private const long Opening = 100_000_000_000;

    /// <summary>Longer than PayPal may take to list what happened.</summary>
    private static readonly TimeSpan Lag = TimeSpan.FromHours(4);

    public async ValueTask InitializeAsync() => await SweepAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task The_oldest_payments_that_a_withdrawal_can_pay_are_settled_by_it()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer first = await merchant.PayAsync("100.00", source: Source);
        await world.Sandbox.AdvanceAsync(TimeSpan.FromSeconds(2));
        HttpAnswer second = await merchant.PayAsync("50.00", source: Source);
        JsonElement[] lines = await WithdrawAsync("60.00");
        Assert.Equal(("carried", "60.00"), (Text(lines.Single(), "type"), Text(lines.Single(), "gross")));
        Assert.Equal(("captured", "captured"), (await merchant.StatusAsync(first.Id), await merchant.StatusAsync(second.Id)));
        await JudgeAsync();

        lines = await WithdrawAsync("50.00");
        Assert.Equal(["payment:100.00:2.99", "carried:-47.01:0.00"], lines.Select(Line));
        await merchant.StatusAsync(first.Id, "settled");
        Assert.Equal("captured", await merchant.StatusAsync(second.Id));
        await JudgeAsync();

        lines = await SweepAsync();
        Assert.Equal(["payment:50.00:1.49", "carried:-12.99:0.00"], lines.Select(Line));
        await merchant.StatusAsync(second.Id, "settled");
        Assert.Equal("50.00", Text(await merchant.GetAsync($"/payments/{second.Id}"), "amount_settled"));
        Assert.Equal(0, await merchant.ShareAsync("psp:paypal:clearing"));
        Assert.Equal(4_48, await merchant.ShareAsync("expense:psp_fees"));
        Assert.Equal(150_00 - 4_95, await merchant.AvailableAsync());
        await JudgeAsync(isEmpty: true);
    }

    [Fact]
    public async Task Refunds_and_disputes_leave_with_the_next_withdrawal_and_what_is_settled_stays_so()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer refunded = await merchant.PayAsync("100.00", source: Source);
        HttpAnswer disputed = await merchant.PayAsync("200.00", source: "paypal:sandbox_dispute");
        await SweepAsync();
        await merchant.StatusAsync(refunded.Id, "settled");
        await merchant.StatusAsync(disputed.Id, "disputed");
        Assert.Equal("succeeded", (await merchant.RefundAsync(refunded.Id, "40.00")).MovementStatus);
        HttpAnswer other = await merchant.PayAsync("300.00", source: Source);
        JsonElement[] lines = await SweepAsync();
        Assert.Contains(lines, line => Line(line) == "refund:-40.00:0.00" && Text(line, "payment_id") == refunded.Id);
        Assert.Contains(lines, line => Line(line) == "dispute:-200.00:0.00" && Text(line, "payment_id") == disputed.Id);
        await merchant.StatusAsync(other.Id, "settled");
        await merchant.StatusAsync(refunded.Id, "partially_refunded");
        Assert.Equal("100.00", Text(await merchant.GetAsync($"/payments/{refunded.Id}"), "amount_settled"));
        Assert.Equal(0, await merchant.ShareAsync("psp:paypal:clearing"));
        await JudgeAsync(isEmpty: true);
    }

    [Fact]
    public async Task A_transaction_that_is_listed_late_leaves_with_the_next_withdrawal_and_one_listed_twice_once()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer early = await merchant.PayAsync("100.00", source: Source);
        HttpAnswer late = await merchant.PayAsync("50.00", source: Source);
        await world.Sandbox.ListPayPalAsync(await CaptureAsync(early.Id), isTwice: true);
        await world.Sandbox.ListPayPalAsync(await CaptureAsync(late.Id), isLate: true);
        Assert.Equal(["payment:100.00:2.99", "carried:48.51:0.00"], (await SweepAsync()).Select(Line));
        await merchant.StatusAsync(early.Id, "settled");
        Assert.Equal("captured", await merchant.StatusAsync(late.Id));
        await JudgeAsync();

        await world.Sandbox.ListPayPalAsync(await CaptureAsync(late.Id), isTwice: true);
        HttpAnswer other = await merchant.PayAsync("20.00", source: Source);
        Assert.Equal(["payment:50.00:1.49", "payment:20.00:0.59", "carried:-48.51:0.00"], (await SweepAsync()).Select(Line));
        await merchant.StatusAsync(late.Id, "settled");
        await merchant.StatusAsync(other.Id, "settled");
        Assert.Equal(0, await merchant.ShareAsync("psp:paypal:clearing"));
        await JudgeAsync(isEmpty: true);
    }

    [Fact]
    [Fault("R-17")]
    [Fault("W-05")]
    public async Task A_withdrawal_that_the_bank_sends_back_is_written_back_and_its_payments_are_settled_by_the_next()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer payment = await merchant.PayAsync("100.00", source: Source);
        string withdrawal = Text(await MoveAsync(null), "transaction_id");
        await SettlementAsync(withdrawal, "settled");
        await merchant.StatusAsync(payment.Id, "settled");
        await world.Sandbox.ReturnPayPalAsync(withdrawal);
        await SettlementAsync(withdrawal, "returned");
        await merchant.StatusAsync(payment.Id, "captured");
        Assert.Equal("settlement_returned", Text((await merchant.GetAsync($"/payments/{payment.Id}")).GetProperty("timeline").EnumerateArray().Last(), "reason"));
        await JudgeAsync();

        Assert.Equal(["batch_returned:97.01:0.00"], (await SweepAsync()).Select(Line));
        await merchant.StatusAsync(payment.Id, "settled");
        await SettlementAsync(withdrawal, "settled");
        await JudgeAsync(isEmpty: true);
    }

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement found) && found.ValueKind == JsonValueKind.String ? found.GetString()! : "";

    private static string Line(JsonElement line) => $"{Text(line, "type")}:{Text(line, "gross")}:{Text(line, "fee")}";

    private static long Cents(JsonElement row, string name) => row.TryGetProperty(name, out JsonElement money)
        ? (long)(decimal.Parse(Text(money, "value"), CultureInfo.InvariantCulture) * 100)
        : 0;

    /// <summary>Empties the balance, and waits until the books have it.</summary>
    private async Task<JsonElement[]> SweepAsync() => await WithdrawAsync(null);

    private async Task<JsonElement[]> WithdrawAsync(string? amount)
    {
        if (await MoveAsync(amount) is not { ValueKind: JsonValueKind.Object } row)
        {
            return [];
        }

        JsonElement settlement = await SettlementAsync(Text(row, "transaction_id"), "settled");
        return [.. (await world.Server.GetAsync($"/settlements/{Text(settlement, "id")}/lines", world.Server.AdminApiKey)).GetProperty("data").EnumerateArray()];
    }

    /// <summary>Moves money to the bank, and lets PayPal list it. Undefined when there is none.</summary>
    private async Task<JsonElement> MoveAsync(string? amount)
    {
        JsonElement? row = await world.Sandbox.PayPalWithdrawAsync(amount);
        await world.Sandbox.AdvanceAsync(Lag);
        return row ?? default;
    }

    private Task<JsonElement> SettlementAsync(string batch, string status) => Eventually.GetAsync(
        async () => (await world.Server.GetAsync("/settlements", world.Server.AdminApiKey)).GetProperty("data").EnumerateArray()
            .FirstOrDefault(settlement => Text(settlement, "batch_id") == batch),
        found => found.ValueKind == JsonValueKind.Object && Text(found, "status") == status,
        $"settlement {batch} {status}");

    private async Task<string> CaptureAsync(string payment) => Text((await PayPalBooks.CapturesAsync(world, payment)).Single(), "id");

    /// <summary>
    /// By PayPal's own record of its balance: what left it for the bank is what the bank has by the books, and what is left in it is what the books say that
    /// PayPal holds, with the fees of payments that are not settled yet; debits equal credits (V1); nothing waits for a person.
    /// </summary>
    /// <param name="isEmpty">Nothing is left at PayPal, and nothing was brought ahead of what is listed.</param>
    private async Task JudgeAsync(bool isEmpty = false)
    {
        JsonElement[] rows = [.. (await world.Sandbox.PayPalObjectsAsync("transaction"))
            .Where(row => Text(row.GetProperty("transaction_amount"), "currency_code") == "USD")];
        long withdrawn = -rows.Where(row => Text(row, "transaction_event_code") is "T0400" or "T0401" or "T1101").Sum(row => Cents(row, "transaction_amount"));
        Assert.Equal(withdrawn, await BalanceAsync("bank:main:%"));

        HashSet<string> settled = [.. (await world.Database.QueryAsync<string>(
            "select coalesce(string_agg(line_id, ' '), '') from payments.settlement_line where provider = 'paypal'")).Split(' ')];
        long unsettled = -rows.Where(row => !settled.Contains(Text(row, "transaction_id"))).Sum(row => Cents(row, "fee_amount"));
        long held = Opening + rows.Sum(row => Cents(row, "transaction_amount") + Cents(row, "fee_amount"));
        Assert.Equal(held + unsettled, await BalanceAsync("psp:paypal:clearing"));
        long carried = (long)await world.Database.QueryAsync<decimal>(
            "select coalesce(sum(gross), 0) from payments.settlement_line where provider = 'paypal' and raw_kind = 'carried'");
        Assert.True(carried >= 0);
        if (isEmpty)
        {
            Assert.Equal((0L, 0L, 0L), (held, unsettled, carried));
        }

        // What was there before is nobody's.
        Assert.Equal(-Opening, await BalanceAsync("suspense:paypal"));
        Assert.Equal(0L, await world.Database.QueryAsync<long>("select count(*) from payments.settlement_movement m where m.batch_id is not null "
            + "and not exists (select 1 from payments.settlement_line l where (l.provider, l.line_id, l.batch_id) = (m.provider, m.line_id, m.batch_id))"));
        Assert.Equal(0m, await world.Database.QueryAsync<decimal>("select coalesce(sum(debits_posted - credits_posted), 0) from ledger.balances"));
        Assert.Equal(0L, await world.Database.QueryAsync<long>("select count(*) from flows.flow where parked_reason is not null"));
    }

    /// <summary>Debits less credits, in cents.</summary>
    private async Task<long> BalanceAsync(string address) => (long)await world.Database.QueryAsync<decimal>(
        $"select coalesce(sum(debits_posted - credits_posted), 0) from ledger.balances where address like '{address}' and asset = 'USD'");
}
