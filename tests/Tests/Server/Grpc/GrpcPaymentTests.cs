using System.Text.Json.Nodes;
using Florin.Tests.Faults;
using Xunit;

namespace Florin.Tests.Server.Grpc;

/// <summary>Payments over gRPC with the official clients, the provider's record and SQL as judges.</summary>
public sealed class GrpcPaymentTests(HttpPollingWorld world) : IClassFixture<HttpPollingWorld>
{
    private const int Callers = 50;
    private const int Ok = 0;
    private const int InvalidArgument = 3;
    private const int DeadlineExceeded = 4;
    private const int NotFound = 5;
    private const int PermissionDenied = 7;
    private const int Aborted = 10;
    private const int Unauthenticated = 16;

    private static readonly TimeSpan ShortPatience = TimeSpan.FromMilliseconds(600);
    private static readonly int SlowMilliseconds = 2_500;

    public static TheoryData<string> Libraries => [GrpcClient.Node, GrpcClient.Python];

    [Theory]
    [MemberData(nameof(Libraries))]
    public async Task A_charge_is_the_payment_that_rest_knows_under_the_same_key(string library)
    {
        (HttpMerchant merchant, string token) = await MerchantAsync();
        GrpcClient client = await GrpcClient.CreateAsync(library, world.Server);
        string key = world.NewKey();
        GrpcTestAnswer charged = await client.CallAsync("Charge", Charge(key), token);
        Assert.Equal((Ok, "TX_STATE_CAPTURED", false), (charged.Code, charged.State, charged.IsReplayed));
        Assert.Equal(("10000", "USD", "10000", "320"), (Text(charged, "amount_cents"), Text(charged, "currency"), Text(charged, "amount_captured_cents"), Text(charged, "fee_cents")));

        GrpcTestAnswer again = await client.CallAsync("Charge", Charge(key), token);
        Assert.Equal((Ok, charged.Id, true), (again.Code, again.Id, again.IsReplayed));
        HttpAnswer overRest = await merchant.PayAsync("100.00", key);
        Assert.Equal((201, charged.Id, true), (overRest.Status, overRest.Id, overRest.IsReplayed));
        Assert.Equal("captured", await merchant.StatusAsync(charged.Id));

        Assert.Equal(201, (await merchant.RefundAsync(charged.Id, "40.00")).Status);
        await merchant.StatusAsync(charged.Id, "partially_refunded");
        GrpcTestAnswer status = await client.CallAsync("GetStatus", new { transaction_id = charged.Id }, token);
        Assert.Equal((Ok, "TX_STATE_PARTIALLY_REFUNDED", "4000"), (status.Code, status.State, Text(status, "amount_refunded_cents")));
        Assert.Single(await merchant.PaymentsAsync());
        await merchant.JudgeAsync();
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public async Task What_rest_refuses_is_refused_with_the_same_code_in_the_details(string library)
    {
        (HttpMerchant merchant, string token) = await MerchantAsync();
        (_, _, string person) = await world.Server.CreateUserAsync();
        GrpcClient client = await GrpcClient.CreateAsync(library, world.Server);
        string used = world.NewKey();
        Assert.Equal(201, (await merchant.PayAsync("5.00", used)).Status);
        (GrpcTestCall Call, int Code, string Reason, string? Field)[] cases =
        [
            (new("Charge", Charge(""), token), InvalidArgument, "IDEMPOTENCY_KEY_MISSING", "idempotency_key"),
            (new("Charge", Charge("a key"), token), InvalidArgument, "IDEMPOTENCY_KEY_INVALID", "idempotency_key"),
            (new("Charge", Charge(world.NewKey(), amount: "0"), token), InvalidArgument, "VALIDATION_FAILED", "amount_cents"),
            (new("Charge", Charge(world.NewKey(), amount: "-1"), token), InvalidArgument, "VALIDATION_FAILED", "amount_cents"),
            (new("Charge", Charge(world.NewKey(), currency: "usd"), token), InvalidArgument, "UNSUPPORTED_CURRENCY", "currency"),
            (new("Charge", Charge(world.NewKey(), source: ""), token), InvalidArgument, "VALIDATION_FAILED", "payment_source"),
            (new("Charge", Charge(world.NewKey(), source: "nobody:pm_card_visa"), token), InvalidArgument, "VALIDATION_FAILED", "payment_source"),
            (new("Charge", Charge(world.NewKey(), source: "paypal:approve"), token), InvalidArgument, "VALIDATION_FAILED", "payment_source"),
            (new("Charge", Charge(world.NewKey(), source: "4242 4242 4242 4242"), token), InvalidArgument, "CARD_NUMBER_REFUSED", null),
            (new("Charge", Charge("4242424242424242-and-so-on-until-a-length-is-a-digit-"), token), InvalidArgument, "CARD_NUMBER_REFUSED", null),
            (new("Charge", Charge(used), token), InvalidArgument, "IDEMPOTENCY_KEY_MISMATCH", null),
            (new("Charge", Charge(world.NewKey()), null), Unauthenticated, "UNAUTHENTICATED", null),
            (new("Charge", Charge(world.NewKey()), "not.a.token"), Unauthenticated, "INVALID_CREDENTIALS", null),
            (new("Charge", Charge(world.NewKey()), person), PermissionDenied, "FORBIDDEN", null),
            (new("Charge", Charge(world.NewKey()), world.Server.AdminApiKey), PermissionDenied, "INSUFFICIENT_SCOPE", null),
            (new("GetStatus", new { transaction_id = Guid.Empty.ToString() }, token), NotFound, "NOT_FOUND", null),
            (new("GetStatus", new { transaction_id = "" }, token), NotFound, "NOT_FOUND", null),
        ];
        IReadOnlyList<GrpcTestAnswer> answers = await client.CallAsync([.. cases.Select(entry => entry.Call)]);
        Assert.Equal(
            cases.Select(entry => (entry.Code, (string?)entry.Reason, entry.Field)),
            answers.Select(answer => (answer.Code, answer.Reason, answer.WrongFields.SingleOrDefault())));
        Assert.DoesNotContain(answers, answer => answer.Message.Contains("4242", StringComparison.Ordinal));
        Assert.Equal(1, await merchant.FlowsAsync());

        GrpcTestAnswer declined = await client.CallAsync("Charge", Charge(world.NewKey(), source: "pm_card_chargeDeclined"), token);
        Assert.Equal((Ok, "TX_STATE_FAILED"), (declined.Code, declined.State));
        Assert.NotEqual("", Text(declined, "failure_code"));
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public async Task Fifty_charges_at_once_with_one_key_are_one_payment(string library)
    {
        (HttpMerchant merchant, string token) = await MerchantAsync();
        GrpcClient client = await GrpcClient.CreateAsync(library, world.Server);
        string key = world.NewKey();
        await world.Sandbox.FaultAsync("*", "slow", count: 1, more: new JsonObject { ["delay_ms"] = 300 });
        IReadOnlyList<GrpcTestAnswer> answers = await client.CallAsync([.. Enumerable.Range(0, Callers).Select(_ => new GrpcTestCall("Charge", Charge(key), token))]);
        Assert.All(answers, answer => Assert.True(
            answer is { Code: Ok } || answer is { Code: Aborted, Reason: "IDEMPOTENCY_KEY_IN_PROGRESS", SaysWhenToRetry: true }, answer.ToString()));
        Assert.Single(answers, answer => answer is { Code: Ok, IsReplayed: false });
        Assert.Equal(100_00, Assert.Single(await merchant.PaymentsAsync()).GetProperty("amount_received").GetInt64());
        Assert.Equal(1, await merchant.FlowsAsync());
        await merchant.JudgeAsync();
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public async Task A_payment_outlives_the_deadline_and_a_retry_adopts_it(string library)
    {
        (HttpMerchant merchant, string token) = await MerchantAsync();
        GrpcClient client = await GrpcClient.CreateAsync(library, world.Server);
        string key = world.NewKey();
        await world.Sandbox.FaultAsync("payment_intents.create", "slow", count: 1, more: new JsonObject { ["delay_ms"] = SlowMilliseconds });
        GrpcTestAnswer late = await client.CallAsync("Charge", Charge(key), token, ShortPatience);
        Assert.Equal(DeadlineExceeded, late.Code);
        GrpcTestAnswer adopted = await Eventually.GetAsync(
            () => client.CallAsync("Charge", Charge(key), token), answer => answer.Code == Ok && answer.State == "TX_STATE_CAPTURED", "the payment of a passed deadline");
        Assert.True(adopted.IsReplayed, adopted.ToString());
        Assert.Equal(1, await merchant.FlowsAsync());
        Assert.Single(await merchant.PaymentsAsync());
        await merchant.JudgeAsync();
    }

    private async Task<(HttpMerchant Merchant, string Token)> MerchantAsync()
    {
        await world.Sandbox.ClearFaultsAsync();
        (string id, _, string token) = await world.Server.CreateUserAsync("Shop", "business");
        return (new HttpMerchant(world, id, token), token);
    }

    private static object Charge(string key, string amount = "10000", string currency = "USD", string source = "pm_card_visa") =>
        new { idempotency_key = key, amount_cents = amount, currency, payment_source = source };

    private static string Text(GrpcTestAnswer answer, string member) => answer.Status.GetProperty(member).GetString()!;
}
