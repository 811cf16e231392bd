using System.Globalization;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Amounts at the edges, over HTTP.</summary>
public sealed class HttpAmountTests(HttpPollingWorld world) : IClassFixture<HttpPollingWorld>
{
    [Fact]
    [Fault("M-02")]
    public async Task More_decimals_than_the_currency_has_are_refused_everywhere_and_never_rounded()
    {
        LoadUser user = await world.CreateUserAsync("10.00");
        LoadUser other = await world.CreateUserAsync();
        (string Amount, string Currency)[] wrong =
            [("1.001", "USD"), ("1.000", "USD"), ("0.005", "USD"), ("1.5", "JPY"), ("1.0", "KRW"), ("1.2345", "KWD")];
        foreach ((string amount, string currency) in wrong)
        {
            HttpAnswer[] answers =
            [
                await world.DepositAsync(user, amount, currency: currency),
                await world.TransferAsync(user, other, amount, currency: currency),
                await world.WithdrawAsync(user, amount, currency: currency),
            ];
            Assert.All(answers, answer => Assert.Equal((422, "too_many_decimals"), (answer.Status, answer.Code)));
        }

        Assert.Equal(1, await world.FlowsAsync(user));
        Assert.Equal(1_000, await world.BalanceAsync(user));
        Assert.Single(await world.PaymentsAsync(user));
    }

    [Theory]
    [InlineData("90071992547409.93", "9007199254740993")]
    [InlineData("92233720368547758.07", "9223372036854775807")]
    [InlineData("92233720368547758.08", "9223372036854775808")]
    [InlineData("184467440737095516.16", "18446744073709551616")]
    [InlineData("10000000000000000.01", "1000000000000000001")]
    [InlineData("3402823669209384634633746074317682114.55", "340282366920938463463374607431768211455")]
    [Fault("M-08")]
    public async Task Huge_amounts_are_kept_to_the_last_digit_or_refused(string amount, string minorUnits)
    {
        LoadUser user = await world.CreateUserAsync("10.00");
        LoadUser other = await world.CreateUserAsync();
        HttpAnswer deposit = await world.DepositAsync(user, amount);
        Assert.Equal((201, "failed", amount), (deposit.Status, deposit.MovementStatus, deposit.Movement.GetProperty("amount").GetString()));
        Assert.Contains(minorUnits, await world.Database.QueryAsync<string>($"select data::text from flows.flow where id = '{deposit.Id}'"), StringComparison.Ordinal);

        // A JSON number is read from its digits, not by way of a double.
        string json = string.Create(CultureInfo.InvariantCulture, $$"""{"amount":{{amount}},"currency":"USD","source_id":"{{user.CardId}}"}""");
        using StringContent body = new(json, System.Text.Encoding.UTF8, "application/json");
        HttpAnswer number = await world.SendAsync(user, "/wallets/deposit", body);
        Assert.Equal((201, amount), (number.Status, number.Movement.GetProperty("amount").GetString()));

        HttpAnswer transfer = await world.TransferAsync(user, other, amount);
        Assert.Equal(409, transfer.Status);
        Assert.Contains(transfer.Code, (string[])["insufficient_funds", "limit_exceeded"]);
        HttpAnswer withdrawal = await world.WithdrawAsync(user, amount);
        Assert.Equal(409, withdrawal.Status);
        Assert.Equal(1_000, await world.BalanceAsync(user));
        Assert.Equal(1, await world.PostingsAsync(user));
    }

    [Theory]
    [InlineData("3402823669209384634633746074317682114.56")]
    [InlineData("99999999999999999999999999999999999999999999999999.00")]
    [InlineData("1e3")]
    [InlineData("Infinity")]
    [Fault("M-08")]
    public async Task What_no_account_can_hold_is_refused(string amount)
    {
        LoadUser user = await world.CreateUserAsync();
        LoadUser other = await world.CreateUserAsync();
        Assert.Equal(422, (await world.DepositAsync(user, amount)).Status);
        Assert.Equal(422, (await world.TransferAsync(user, other, amount)).Status);
        Assert.Equal(422, (await world.WithdrawAsync(user, amount)).Status);
        Assert.Equal(0, await world.FlowsAsync(user));
    }
}
