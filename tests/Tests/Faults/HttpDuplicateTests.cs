using System.Text.Json;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>A payment like one of a few seconds ago is held until its caller says that it is meant.</summary>
public sealed class HttpHoldingWorld() : HttpWorld(settleSeconds: 600, pollSeconds: 1, pullSeconds: Never, sendsWebhooks: false)
{
    public const int WindowSeconds = 20;

    protected override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>
    {
        ["FLORIN__PAYMENTS__DUPLICATES"] = "hold",
        ["FLORIN__PAYMENTS__DUPLICATE_SECONDS"] = "20",
    };
}

/// <summary>Clients that make a fresh key for every retry, where such payments are held.</summary>
public sealed class HttpDuplicateTests(HttpHoldingWorld world) : IClassFixture<HttpHoldingWorld>
{
    [Fact]
    [Fault("I-08")]
    public async Task Of_equal_payments_under_fresh_keys_at_once_one_is_made_and_the_others_name_it()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => PayAsync(merchant, "order 1")));
        HttpAnswer made = Assert.Single(answers, answer => answer.Status == 201);
        HttpAnswer[] held = [.. answers.Where(answer => answer != made)];
        Assert.All(held, answer => Assert.Equal((409, "duplicate_suspected"), (answer.Status, answer.Code)));
        Assert.All(held, answer => Assert.Equal(made.Id, answer.Body.GetProperty("payment_id").GetString()));
        Assert.Equal(1, await merchant.FlowsAsync());
        Assert.Single(await merchant.PaymentsAsync());

        // Under the key that it was held under it is made when it is meant, and names what it is like.
        string key = world.NewKey();
        Assert.Equal("duplicate_suspected", (await PayAsync(merchant, "order 1", key)).Code);
        HttpAnswer meant = await PayAsync(merchant, "order 1", key, allow: true);
        Assert.Equal((201, made.Id), (meant.Status, meant.Movement.GetProperty("duplicate_of").GetString()));
        HttpAnswer again = await PayAsync(merchant, "order 1", key, allow: true);
        Assert.Equal((201, true, meant.Id), (again.Status, again.IsReplayed, again.Id));
        Assert.Equal(2, (await merchant.PaymentsAsync()).Count);
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task What_differs_in_payer_payee_amount_or_reference_is_no_repeat_and_a_decline_may_be_tried_again()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpMerchant other = await HttpMerchant.CreateAsync(world);
        HttpAnswer[] answers =
        [
            await PayAsync(merchant, "order 1"),
            await PayAsync(merchant, "order 2"),
            await PayAsync(merchant, "order 1", amount: "10.01"),
            await PayAsync(merchant, "order 1", source: "pm_card_mastercard"),
            await PayAsync(other, "order 1"),
        ];
        Assert.All(answers, answer => Assert.Equal((201, "captured"), (answer.Status, answer.MovementStatus)));
        Assert.All(answers, answer => Assert.Equal(JsonValueKind.Null, Kind(answer, "duplicate_of")));

        Assert.Equal("failed", (await PayAsync(merchant, "order 3", source: "pm_card_chargeDeclined")).MovementStatus);
        Assert.Equal("failed", (await PayAsync(merchant, "order 3", source: "pm_card_chargeDeclined")).MovementStatus);
        await merchant.JudgeAsync();
    }

    [Fact]
    [Fault("I-08")]
    public async Task What_is_unknown_is_held_against_and_what_was_long_ago_is_not()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await world.HideAsync("payment_intents.list");
        await world.Sandbox.FaultAsync("payment_intents.create", "timeout_after_effect");
        HttpAnswer unknown = await PayAsync(merchant, "order 1");
        Assert.Equal((202, "outcome_unknown"), (unknown.Status, unknown.Code));
        Assert.Equal("duplicate_suspected", (await PayAsync(merchant, "order 1")).Code);
        await world.Sandbox.ClearFaultsAsync();
        await merchant.StatusAsync(unknown.Id, "captured");
        await Eventually.GetAsync(() => PayAsync(merchant, "order 1"), answer => answer.Status == 201, "the window is over");
        Assert.Equal(2, (await merchant.PaymentsAsync()).Count);
        DateTime[] made = [.. (await merchant.PaymentsAsync()).Select(payment => DateTime.UnixEpoch.AddSeconds(payment.GetProperty("created").GetInt64())).Order()];
        Assert.True(made[1] - made[0] >= TimeSpan.FromSeconds(HttpHoldingWorld.WindowSeconds - 1), $"{made[1] - made[0]}");
        await merchant.JudgeAsync();
    }

    private static JsonValueKind Kind(HttpAnswer answer, string name) =>
        answer.Movement.TryGetProperty(name, out JsonElement value) ? value.ValueKind : JsonValueKind.Null;

    private static Task<HttpAnswer> PayAsync(
        HttpMerchant merchant, string reference, string? key = null, string amount = "10.00", string source = "pm_card_visa", bool? allow = null) =>
        merchant.SendAsync(
            "/payments",
            new { amount, currency = "USD", payment_source = source, capture = "automatic", description = reference, allow_duplicate = allow },
            key);
}
