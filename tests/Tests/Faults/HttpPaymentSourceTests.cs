using System.Text.Json;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Payment methods that are stored at PayPal with their payer's agreement, over HTTP, with PayPal's own record as judge.</summary>
public sealed class HttpPaymentSourceTests(HttpPollingWorld world) : IClassFixture<HttpPollingWorld>
{
    private const string Back = "https://shop.example/back";

    [Fact]
    public async Task A_wallet_whose_payer_agrees_can_be_charged()
    {
        HttpMerchant merchant = await PayPalCalm.MerchantAsync(world);
        string key = world.NewKey();
        HttpAnswer begun = await BeginAsync(merchant, key);
        Assert.Equal((201, "requires_action"), (begun.Status, begun.MovementStatus));
        JsonElement setup = await SetupAsync(begun);
        Assert.Equal("PAYER_ACTION_REQUIRED", setup.GetProperty("status").GetString());
        HttpAnswer again = await BeginAsync(merchant, key);
        Assert.Equal((begun.Id, true), (again.Id, again.IsReplayed));

        // A payer who comes back without having agreed has stored nothing.
        Assert.Equal("requires_action", (await merchant.SendAsync($"/payment-sources/{begun.Id}/complete", new { })).MovementStatus);
        await ApproveAsync(setup);
        HttpAnswer stored = await merchant.SendAsync($"/payment-sources/{begun.Id}/complete", new { });
        Assert.Equal((200, "stored", false), (stored.Status, stored.MovementStatus, stored.Movement.TryGetProperty("next_action", out _)));
        string source = stored.Movement.GetProperty("payment_source").GetString()!;
        string token = Assert.Single(
            await world.Sandbox.PayPalObjectsAsync("payment_token"), one => $"paypal:{one.GetProperty("id").GetString()}" == source).GetProperty("id").GetString()!;
        Assert.Equal($"paypal:{token}", (await merchant.GetAsync($"/payment-sources/{begun.Id}")).GetProperty("payment_source").GetString());

        HttpAnswer paid = await merchant.PayAsync("12.00", source: source);
        Assert.Equal((201, "captured"), (paid.Status, paid.MovementStatus));
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Theory]
    [InlineData("setup_tokens.create", "malformed_body")]
    [InlineData("setup_tokens.create", "connection_reset")]
    [InlineData("payment_tokens.create", "malformed_body")]
    [InlineData("payment_tokens.create", "connection_reset")]
    public async Task An_answer_that_is_lost_makes_no_second_token(string operation, string fault)
    {
        HttpMerchant merchant = await PayPalCalm.MerchantAsync(world);
        int before = (await world.Sandbox.PayPalObjectsAsync("payment_token")).Count;
        await world.Sandbox.PayPalFaultAsync(operation, fault);
        HttpAnswer begun = await BeginAsync(merchant, world.NewKey());
        await world.StateAsync(begun.Id, "awaiting_payer");
        await ApproveAsync(await SetupAsync(await ReadAsync(merchant, begun.Id)));
        await world.StateAsync(begun.Id, "stored");
        Assert.Equal(before + 1, (await world.Sandbox.PayPalObjectsAsync("payment_token")).Count);
        Assert.Equal("created awaiting_payer stored", await world.PathAsync(begun.Id));
    }

    [Fact]
    public async Task What_cannot_be_stored_is_refused_and_others_see_nothing_of_it()
    {
        HttpMerchant merchant = await PayPalCalm.MerchantAsync(world);
        HttpMerchant other = await HttpMerchant.CreateAsync(world);
        HttpAnswer begun = await BeginAsync(merchant, world.NewKey());
        Assert.Equal(404, (await other.SendAsync($"/payment-sources/{begun.Id}/complete", new { })).Status);
        foreach ((string field, object body) in ((string, object)[])
        [
            ("acquirer", new { acquirer = "stripe", return_url = Back, cancel_url = Back }),
            ("acquirer", new { return_url = Back, cancel_url = Back }),
            ("return_url", new { acquirer = "paypal", return_url = "javascript:alert(1)", cancel_url = Back }),
            ("cancel_url", new { acquirer = "paypal", return_url = Back }),
        ])
        {
            HttpAnswer refused = await merchant.SendAsync("/payment-sources", body);
            Assert.Equal((422, "validation_failed"), (refused.Status, refused.Code));
            Assert.True(refused.Body.GetProperty("errors").TryGetProperty(field, out _), refused.ToString());
        }
    }

    private static Task<HttpAnswer> BeginAsync(HttpMerchant merchant, string key) =>
        merchant.SendAsync("/payment-sources", new { acquirer = "paypal", return_url = Back, cancel_url = Back + "/no" }, key);

    private static async Task<HttpAnswer> ReadAsync(HttpMerchant merchant, string id) =>
        new(200, await merchant.GetAsync($"/payment-sources/{id}"), IsReplayed: false, HasRetryAfter: false);

    /// <summary>The setup at PayPal that the payer is sent to.</summary>
    private async Task<JsonElement> SetupAsync(HttpAnswer begun)
    {
        string url = begun.Movement.GetProperty("next_action").GetProperty("url").GetString()!;
        return (await world.Sandbox.PayPalObjectsAsync("setup_token")).Single(
            setup => setup.GetProperty("links").EnumerateArray().Any(link => link.GetProperty("href").GetString() == url));
    }

    private async Task ApproveAsync(JsonElement setup)
    {
        Uri path = new($"/_sandbox/paypal/setup_tokens/{setup.GetProperty("id").GetString()}/approve", UriKind.Relative);
        using HttpResponseMessage answer = await world.Sandbox.Http.PostAsync(path, content: null);
        answer.EnsureSuccessStatusCode();
    }
}
