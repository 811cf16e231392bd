using System.Text.Json.Nodes;
using Florin.Client;
using Florin.Tests.Faults;
using Xunit;

namespace Florin.Tests.Client;

/// <summary>The client against the real server, with the provider's record and SQL as judges.</summary>
public sealed class ClientServerTests(HttpPollingWorld world) : IClassFixture<HttpPollingWorld>
{
    private const int Callers = 20;

    private static readonly PaymentRequest Order = new() { Amount = Amount.Parse("100.00"), Currency = "USD", PaymentSource = "pm_card_visa", Capture = "automatic" };

    private CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_payment_whose_answers_are_lost_is_made_once()
    {
        (HttpMerchant merchant, string token) = await MerchantAsync();
        using LosingHandler network = new(losesMax: 3);
        using FlorinClient client = Client(token, network);
        PaymentResponse payment = await client.Payments.StartPaymentAsync(Order, cancellationToken: Cancellation);
        Assert.Equal(("captured", Amount.Parse("3.20"), 3), (payment.Status, payment.Fee, network.Lost));
        Assert.Single(await merchant.PaymentsAsync());

        using LosingHandler worse = new(losesMax: 2);
        using FlorinClient again = Client(token, worse);
        RefundResponse refund = await again.Payments.StartRefundAsync(payment.Id, new RefundRequest { Amount = Amount.Parse("40"), Reason = "asked for" }, cancellationToken: Cancellation);
        Assert.Equal(Amount.Parse("40.00"), refund.Amount);
        await merchant.StatusAsync(payment.Id.ToString(), "partially_refunded");
        Assert.Single((await client.Payments.ListRefundsAsync(payment.Id, Cancellation)).Data);
        PaymentResponse read = await client.Payments.GetPaymentAsync(payment.Id, Cancellation);
        Assert.Equal((Amount.Parse("40.00"), true), (read.AmountRefunded, read.Timeline!.Count > 2));
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task Callers_that_share_a_key_share_one_payment()
    {
        (HttpMerchant merchant, string token) = await MerchantAsync();
        using FlorinClient client = Client(token, new SocketsHttpHandler());
        await world.Sandbox.FaultAsync("*", "slow", count: 1, more: new JsonObject { ["delay_ms"] = 500 });
        CallOptions options = new() { IdempotencyKey = world.NewKey() };
        PaymentResponse[] payments = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => client.Payments.StartPaymentAsync(Order, options, Cancellation)));
        Assert.Equal("captured", Assert.Single(payments.Select(payment => payment.Status).Distinct()));
        Assert.Single(payments.Select(payment => payment.Id).Distinct());
        Assert.Single(await merchant.PaymentsAsync());
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task An_outcome_that_nobody_knows_carries_the_payment()
    {
        (HttpMerchant merchant, string token) = await MerchantAsync();
        using FlorinClient client = Client(token, new SocketsHttpHandler());
        await world.HideAsync("payment_intents.list");
        await world.Sandbox.FaultAsync("payment_intents.create", "timeout_after_effect", count: 1);
        OutcomeUnknownException unknown = await Assert.ThrowsAsync<OutcomeUnknownException>(
            () => client.Payments.StartPaymentAsync(Order, cancellationToken: Cancellation));
        PaymentResponse payment = unknown.Object<PaymentResponse>()!;
        Assert.True(payment.OutcomeUnknown);
        Assert.NotNull(unknown.IdempotencyKey);
        await world.Sandbox.ClearFaultsAsync();
        await merchant.StatusAsync(payment.Id.ToString(), "captured");
        Assert.Single(await merchant.PaymentsAsync());
    }

    [Fact]
    public async Task Refusals_are_typed_and_lists_are_paged()
    {
        (_, string token) = await MerchantAsync();
        using FlorinClient client = Client(token, new SocketsHttpHandler());
        InvalidRequestException invalid = await Assert.ThrowsAsync<InvalidRequestException>(
            () => client.Payments.StartPaymentAsync(Order with { Currency = "XXX" }, cancellationToken: Cancellation));
        Assert.Equal((ProblemCodes.UnsupportedCurrency, "currency"), (invalid.Code, Assert.Single(invalid.Problem.Errors.Keys)));
        Assert.NotNull(invalid.Problem.RequestId);
        await Assert.ThrowsAsync<NotFoundException>(() => client.Payments.GetPaymentAsync(Guid.Empty, Cancellation));
        using FlorinClient nobody = Client("not.a.token", new SocketsHttpHandler());
        await Assert.ThrowsAsync<NotAuthenticatedException>(() => nobody.Wallets.GetWalletAsync(Cancellation));
        LoadUser payee = await world.CreateUserAsync();
        ConflictException poor = await Assert.ThrowsAsync<ConflictException>(() => client.Wallets.StartTransferAsync(
            new TransferRequest { To = payee.Id, Amount = Amount.Parse("1"), Currency = "USD" }, cancellationToken: Cancellation));
        Assert.Equal(ProblemCodes.InsufficientFunds, poor.Code);

        using FlorinClient admin = Client(world.Server.AdminApiKey, new SocketsHttpHandler());
        List<string> addresses = [];
        await foreach (AccountResponse account in admin.Ledger.ListAccountsAllAsync(limit: 1, cancellationToken: Cancellation))
        {
            addresses.Add($"{account.Address} {account.Asset}");
        }

        Assert.Equal(await world.Database.QueryAsync<long>("select count(*) from ledger.accounts"), addresses.Count);
        Assert.Equal(addresses.Count, addresses.Distinct().Count());
    }

    private async Task<(HttpMerchant Merchant, string Token)> MerchantAsync()
    {
        await world.Sandbox.ClearFaultsAsync();
        (string id, _, string token) = await world.Server.CreateUserAsync("Shop", "business");
        return (new HttpMerchant(world, id, token), token);
    }

    private FlorinClient Client(string token, HttpMessageHandler network) => new(
        new FlorinClientOptions
        {
            BaseAddress = new Uri(world.Server.Url),
            Credentials = FlorinClientOptions.Fixed(token),
            AttemptsMax = 20,
            PauseFirst = TimeSpan.FromMilliseconds(20),
        },
        new HttpClient(network));
}
