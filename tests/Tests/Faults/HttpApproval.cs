using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>A merchant whose payers approve in the browser, and what such a payer does at PayPal.</summary>
internal sealed class HttpApproval(HttpWorld world, HttpMerchant merchant)
{
    public const string Source = "paypal:approve";
    public const string Back = "https://shop.example/back";
    public const string Away = "https://shop.example/cart";

    /// <summary>Longer than any of this takes; something that never comes is told soon.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public HttpMerchant Merchant => merchant;

    public static async Task<HttpApproval> CreateAsync(HttpWorld world) => new(world, await PayPalCalm.MerchantAsync(world));

    public Task<HttpAnswer> PayAsync(string amount, string? key = null, string capture = "automatic", string? obligation = null, string? fallback = null) =>
        merchant.SendAsync(
            "/payments",
            new
            {
                amount, currency = "USD", payment_source = Source, capture, obligation, fallback_payment_source = fallback, return_url = Back, cancel_url = Away,
            },
            key);

    /// <summary>A payment that waits for its payer.</summary>
    public async Task<HttpAnswer> AskAsync(string amount, string capture = "automatic", string? obligation = null, string? fallback = null)
    {
        HttpAnswer asked = await PayAsync(amount, capture: capture, obligation: obligation, fallback: fallback);
        Assert.True(asked is { Status: 201, MovementStatus: "requires_action" }, asked.ToString());
        return asked;
    }

    /// <summary>The payer has come back, and the merchant says so.</summary>
    public Task<HttpAnswer> CompleteAsync(string payment) => merchant.SendAsync($"/payments/{payment}/complete", new { });

    /// <summary>PayPal's order of a payment, which is one.</summary>
    public async Task<JsonElement> OrderAsync(string payment) => Assert.Single(await PayPalBooks.OrdersAsync(world, payment));

    public async Task<string> OrderStatusAsync(string payment) => (await OrderAsync(payment)).GetProperty("status").GetString()!;

    /// <summary>The payer says yes on PayPal's page.</summary>
    /// <returns>The status of PayPal's answer: 404 when the order waits for nobody any more.</returns>
    public async Task<int> ApproveAsync(string payment, string? scenario = null)
    {
        string order = (await OrderAsync(payment)).GetProperty("id").GetString()!;
        using StringContent body = new(new JsonObject { ["scenario"] = scenario }.ToJsonString(), Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await world.Sandbox.Http.PostAsync(new Uri($"/_sandbox/paypal/orders/{order}/approve", UriKind.Relative), body);
        return (int)answer.StatusCode;
    }

    public Task StatusAsync(string payment, string status) =>
        Eventually.GetAsync(() => merchant.StatusAsync(payment), found => found == status, $"payment {payment} {status}", Patience);

    public async Task<string?> FailureAsync(string payment) => (await merchant.GetAsync($"/payments/{payment}")).GetProperty("failure_code").GetString();

    /// <summary>How many captures and authorisations PayPal made for a payment.</summary>
    public async Task<(int Captures, int Authorizations)> TakenAsync(string payment) => (
        (await PayPalBooks.CapturesAsync(world, payment)).Count,
        (await world.Sandbox.PayPalObjectsAsync("authorization")).Count(one => one.TryGetProperty("custom_id", out JsonElement of) && of.GetString() == payment));

    /// <summary>PayPal's events about an order, newest first.</summary>
    public async Task<string[]> EventsAsync(string payment, string type) =>
    [
        .. (await world.Sandbox.PayPalObjectsAsync("event"))
            .Where(told => told.GetProperty("event_type").GetString() == type && told.GetProperty("resource").GetRawText().Contains(payment, StringComparison.Ordinal))
            .Select(told => told.GetProperty("id").GetString()!),
    ];

    /// <summary>No webhook tells of what comes now.</summary>
    public Task DeafenAsync() => world.Sandbox.PayPalFaultAsync("webhook", "drop_webhook", count: 1_000);

    public Task JudgeAsync() => PayPalBooks.JudgeAsync(world, merchant);
}
