using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>What the provider pays to the house's bank, line by line, with the provider's record and SQL as judges.</summary>
public sealed class HttpSettlementTests(HttpSettlementWorld world) : IClassFixture<HttpSettlementWorld>
{
    /// <summary>Longer than charges take to become available at the provider.</summary>
    private static readonly TimeSpan Availability = TimeSpan.FromDays(3);

    private static readonly TimeSpan Arrival = TimeSpan.FromSeconds(5);

    /// <summary>The one that was delivered under another name: the bank got no money with it. The class's tests share their world.</summary>
    private static string? Renamed { get; set; }

    private const string ComesBack = "ba_000999999991";

    [Fact]
    public async Task A_captured_payment_is_settled_when_its_money_is_at_the_bank_and_the_house_bears_the_fee()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer payment = await merchant.PayAsync("100.00");
        await world.Sandbox.AdvanceAsync(Availability);
        JsonElement payout = await world.Sandbox.SettleAsync();
        Assert.Equal("captured", await merchant.StatusAsync(payment.Id));
        await ArriveAsync(payout);
        await merchant.StatusAsync(payment.Id, "settled");
        JsonElement shown = await merchant.GetAsync($"/payments/{payment.Id}");
        Assert.Equal(("100.00", "0.00"), (Text(shown, "amount_settled"), Text(shown, "amount_refunded")));
        Assert.Contains("settled", shown.GetProperty("timeline").EnumerateArray().Select(entry => Text(entry, "reason")));
        Assert.Equal((0, 100_00, -3_20, 3_20), await BankAsync(merchant));
        Assert.Equal(96_80, await merchant.AvailableAsync());

        // What is given back later leaves what has arrived as it is, and is settled with a later transfer.
        Assert.Equal(201, (await merchant.RefundAsync(payment.Id, "40.00")).Status);
        await merchant.StatusAsync(payment.Id, "partially_refunded");
        Assert.Equal("100.00", Text(await merchant.GetAsync($"/payments/{payment.Id}"), "amount_settled"));
        HttpAnswer other = await merchant.PayAsync("200.00");
        await SettleAsync();
        await merchant.StatusAsync(other.Id, "settled");
        Assert.Equal((0, 260_00, -9_30, 9_30), await BankAsync(merchant));
        Assert.Equal(201, (await merchant.RefundAsync(payment.Id)).Status);
        await merchant.StatusAsync(payment.Id, "refunded");
        await merchant.PayAsync("100.00");
        await SettleAsync();
        Assert.Equal(0, await merchant.ShareAsync("psp:stripe:clearing"));
        await JudgeAsync();
    }

    [Fact]
    [Fault("I-13")]
    public async Task A_settlement_that_is_told_again_or_under_another_name_posts_nothing_new()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer payment = await merchant.PayAsync("100.00");
        JsonElement payout = await SettleAsync();
        await merchant.StatusAsync(payment.Id, "settled");
        long before = await PostingsAsync();

        foreach (JsonElement told in (await world.Sandbox.ObjectsAsync("event")).Where(item =>
            Text(item.GetProperty("data").GetProperty("object"), "id") == Text(payout, "id")))
        {
            await world.Sandbox.ChangeAsync($"events/{Text(told, "id")}/resend");
        }

        JsonElement renamed = await world.Sandbox.ChangeAsync($"payouts/{Text(payout, "id")}/repeat");
        Renamed = Text(renamed, "id");
        JsonElement shown = await SettlementAsync(Renamed, "duplicate", "settled");
        Assert.Equal("duplicate", Text(shown, "status"));
        Assert.Equal(0, shown.GetProperty("lines").GetInt32());
        Assert.True(shown.GetProperty("duplicates").GetInt32() > 0);
        Assert.Equal(before, await PostingsAsync());
        Assert.Equal((0, 100_00, -3_20, 3_20), await BankAsync(merchant));
    }

    [Fact]
    [Fault("I-14")]
    public async Task Two_equal_payments_of_one_day_are_two_lines_and_both_are_settled()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer first = await merchant.PayAsync("25.00");
        HttpAnswer second = await merchant.PayAsync("25.00");
        await SettleAsync();
        Assert.Equal((0, 50_00, -2_06, 2_06), await BankAsync(merchant));
        await merchant.StatusAsync(first.Id, "settled");
        await merchant.StatusAsync(second.Id, "settled");
        await JudgeAsync();
    }

    [Fact]
    [Fault("R-17")]
    [Fault("W-05")]
    public async Task A_settlement_that_the_bank_sends_back_is_written_back_and_settled_by_the_next()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer payment = await merchant.PayAsync("100.00");
        await world.Sandbox.AdvanceAsync(Availability);
        JsonElement payout = await world.Sandbox.SettleAsync(ComesBack);
        await ArriveAsync(payout);
        await merchant.StatusAsync(payment.Id, "settled");
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await SettlementAsync(Text(payout, "id"), "returned");
        await merchant.StatusAsync(payment.Id, "captured");
        Assert.Equal("settlement_returned", Text((await merchant.GetAsync($"/payments/{payment.Id}")).GetProperty("timeline").EnumerateArray().Last(), "reason"));
        Assert.Equal("0.00", Text(await merchant.GetAsync($"/payments/{payment.Id}"), "amount_settled"));
        await JudgeAsync();

        await SettleAsync();
        await merchant.StatusAsync(payment.Id, "settled");
        await SettlementAsync(Text(payout, "id"), "settled");
        await JudgeAsync();
    }

    [Fact]
    [Fault("R-17")]
    public async Task A_payment_that_the_scheme_does_not_pay_is_owed_by_the_merchant()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer payment = await merchant.PayAsync("100.00");
        HttpAnswer other = await merchant.PayAsync("200.00");
        await SettleAsync();
        await merchant.StatusAsync(payment.Id, "settled");
        await merchant.TakeAsync("250.00");
        long before = await merchant.AvailableAsync();
        Assert.True(before is > 0 and < 100_00);

        await world.Sandbox.ChangeAsync($"charges/{await ChargeAsync(merchant, payment.Id)}/reverse");
        await merchant.PayAsync("300.00", source: "pm_card_visa");
        await SettleAsync();
        await merchant.StatusAsync(payment.Id, "failed");
        JsonElement shown = await merchant.GetAsync($"/payments/{payment.Id}");
        Assert.Equal("settlement_reversed", Text(shown, "failure_code"));
        Assert.Equal("100.00", Text(shown, "amount_refunded"));

        // The balance of then, with the 300.00 less their fee, has paid it; nobody gets it twice.
        Assert.Equal((before + 291_00 - 100_00, 0), (await merchant.AvailableAsync(), await merchant.BalanceAsync($"merchant:{merchant.Id}:receivable")));
        Assert.Equal(0, await merchant.ShareAsync("psp:stripe:clearing"));
        Assert.Equal((409, "invalid_transition"), await RefusalAsync(merchant, payment.Id));
        await merchant.StatusAsync(other.Id, "settled");
        await JudgeAsync();
    }

    [Theory]
    [InlineData(105_00, 0, 5_00)]
    [InlineData(97_00, 3_00, 0)]
    [Fault("R-14")]
    public async Task What_is_settled_otherwise_than_captured_is_posted_as_a_difference(long cleared, long missing, long surplus)
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer payment = await merchant.PayAsync("100.00");
        await world.Sandbox.ChangeAsync($"charges/{await ChargeAsync(merchant, payment.Id)}/clear", new JsonObject { ["amount"] = cleared });
        JsonElement payout = await SettleAsync();
        await merchant.StatusAsync(payment.Id, "settled");
        Assert.Equal((missing, -surplus), (await merchant.ShareAsync("expense:settlement_differences"), await merchant.ShareAsync("suspense:stripe")));
        Assert.Equal((0, 100_00 + surplus, -3_20 - missing, 3_20), await BankAsync(merchant));
        Assert.Equal(96_80, await merchant.AvailableAsync());
        JsonElement line = (await LinesAsync(payout)).Single(entry => Text(entry, "payment_id") == payment.Id);
        Assert.Equal(surplus > 0 ? "5.00" : "-3.00", Text(line, "difference"));
        await JudgeAsync();
    }

    [Fact]
    public async Task A_line_that_belongs_to_no_payment_goes_to_suspense()
    {
        long before = await SuspenseAsync();
        using HttpRequestMessage request = new(HttpMethod.Post, "/stripe/v1/payment_intents")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["amount"] = "5000", ["currency"] = "usd", ["payment_method"] = "pm_card_visa", ["confirm"] = "true", ["payment_method_types[]"] = "card",
            }),
        };
        using HttpResponseMessage made = await world.Sandbox.Http.SendAsync(request, TestContext.Current.CancellationToken);
        made.EnsureSuccessStatusCode();
        JsonElement payout = await SettleAsync();
        await SettlementAsync(Text(payout, "id"), "settled");
        JsonElement line = (await LinesAsync(payout)).Single(entry => entry.GetProperty("in_suspense").GetBoolean());
        Assert.Equal(("payment", "50.00", "1.75"), (Text(line, "type"), Text(line, "gross"), Text(line, "fee")));
        Assert.Equal(before + 50_00, await SuspenseAsync());
        await JudgeAsync();
    }

    [Fact]
    public async Task A_dispute_of_a_settled_payment_is_won_and_the_payment_is_settled_again()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer payment = await merchant.PayAsync("100.00", source: "pm_card_createDispute");
        await merchant.PayAsync("300.00");
        await SettleAsync();
        await merchant.StatusAsync(payment.Id, "disputed");
        await Eventually.GetAsync(
            async () => Text(await merchant.GetAsync($"/payments/{payment.Id}"), "amount_settled"), settled => settled == "100.00", "the disputed payment is settled");
        Assert.Equal(0, await merchant.ShareAsync("psp:stripe:clearing"));

        JsonElement dispute = Assert.Single((await merchant.GetAsync("/disputes")).GetProperty("data").EnumerateArray());
        await merchant.SendAsync(
            $"/disputes/{Text(dispute, "id")}/evidence", new { evidence = new[] { new { name = "uncategorized_text", text = "winning_evidence" } } });
        await SettleAsync();
        await merchant.StatusAsync(payment.Id, "settled");
        Assert.Equal(0, await merchant.ShareAsync("dispute:stripe:held"));
        await JudgeAsync();
    }

    private static string Text(JsonElement element, string name) =>
        element.GetProperty(name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";

    /// <summary>Lets charges become available and a transfer of them arrive.</summary>
    private async Task<JsonElement> SettleAsync()
    {
        await world.Sandbox.AdvanceAsync(Availability);
        JsonElement payout = await world.Sandbox.SettleAsync();
        await ArriveAsync(payout);
        return payout;
    }

    private async Task ArriveAsync(JsonElement payout)
    {
        await world.Sandbox.AdvanceAsync(Arrival);
        await SettlementAsync(Text(payout, "id"), "settled");
    }

    private Task<JsonElement> SettlementAsync(string batch, params string[] statuses) => Eventually.GetAsync(
        async () => (await world.Server.GetAsync("/settlements", world.Server.AdminApiKey)).GetProperty("data").EnumerateArray()
            .FirstOrDefault(settlement => Text(settlement, "batch_id") == batch),
        found => found.ValueKind == JsonValueKind.Object && statuses.Contains(Text(found, "status")),
        $"settlement {batch} {string.Join(" or ", statuses)}");

    private async Task<IReadOnlyList<JsonElement>> LinesAsync(JsonElement payout)
    {
        JsonElement settlement = await SettlementAsync(Text(payout, "id"), "settled");
        return [.. (await world.Server.GetAsync($"/settlements/{Text(settlement, "id")}/lines", world.Server.AdminApiKey)).GetProperty("data").EnumerateArray()];
    }

    private async Task<string> ChargeAsync(HttpMerchant merchant, string payment) => (await merchant.PaymentsAsync())
        .Single(intent => Text(intent.GetProperty("metadata"), "florin_reference") == payment).GetProperty("latest_charge").GetString()!;

    private static async Task<(int Status, string? Code)> RefusalAsync(HttpMerchant merchant, string payment)
    {
        HttpAnswer refund = await merchant.RefundAsync(payment, "1.00");
        return (refund.Status, refund.Code);
    }

    private static async Task<(long Clearing, long Safeguarded, long Operating, long Fees)> BankAsync(HttpMerchant merchant) => (
        await merchant.ShareAsync("psp:stripe:clearing"),
        await merchant.ShareAsync("bank:main:safeguarded"),
        await merchant.ShareAsync("bank:main:operating"),
        await merchant.ShareAsync("expense:psp_fees"));

    private Task<long> PostingsAsync() => world.Database.QueryAsync<long>("select count(*) from ledger.transfers");

    private async Task<long> SuspenseAsync() => (long)await world.Database.QueryAsync<decimal>(
        "select coalesce(sum(credits_posted - debits_posted), 0) from ledger.balances where address = 'suspense:stripe'");

    /// <summary>
    /// What the provider has paid to the bank by its own record is what the books say that the bank has, what the house tops up left out; debits equal
    /// credits (V1); nothing waits for a person.
    /// </summary>
    private async Task JudgeAsync()
    {
        long paid = (await world.Sandbox.ObjectsAsync("payout"))
            .Where(payout => payout.GetProperty("automatic").GetBoolean() && Text(payout, "status") == "paid")
            .Where(payout => Text(payout, "id") != Renamed)
            .Sum(payout => payout.GetProperty("amount").GetInt64());
        decimal bank = await world.Database.QueryAsync<decimal>(
            "select coalesce(sum(debits_posted - credits_posted), 0) from ledger.balances where address like 'bank:main:%' and asset = 'USD'");
        Assert.Equal(paid, bank);
        Assert.Equal(0m, await world.Database.QueryAsync<decimal>("select coalesce(sum(debits_posted - credits_posted), 0) from ledger.balances"));
        Assert.Equal(0L, await world.Database.QueryAsync<long>("select count(*) from flows.flow where parked_reason is not null"));
    }
}
