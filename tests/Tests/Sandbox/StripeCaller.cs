using System.Net;
using System.Text.Json;
using Florin.Tests.Support;

namespace Florin.Tests.Sandbox;

/// <summary>Calls the sandbox as a plain HTTP client would, without the connector, and checks each answer's shape against Stripe's own document.</summary>
public sealed class StripeCaller(SandboxProcess sandbox)
{
    public Task<StripeReply> GetAsync(string pathAndQuery) => SendAsync(HttpMethod.Get, pathAndQuery, null, null);

    public Task<StripeReply> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path, null, null);

    public Task<StripeReply> PostAsync(string path, params (string Name, string Value)[] form) => SendAsync(HttpMethod.Post, path, null, form);

    public Task<StripeReply> PostWithKeyAsync(string key, string path, params (string Name, string Value)[] form) =>
        SendAsync(HttpMethod.Post, path, key, form);

    /// <summary>A customer with a payment method attached.</summary>
    public async Task<(string Customer, string PaymentMethod)> CustomerWithAsync(string token)
    {
        var customer = (await PostAsync("/v1/customers")).Id;
        var attached = await PostAsync($"/v1/payment_methods/{token}/attach", ("customer", customer));
        return (customer, attached.Id);
    }

    /// <summary>Charges a payment method as a connector does.</summary>
    public async Task<StripeReply> ChargeAsync(string token, long amount = 5000, string? key = null, params (string Name, string Value)[] more)
    {
        var (customer, paymentMethod) = await CustomerWithAsync(token);
        var type = token.StartsWith("pm_card", StringComparison.Ordinal) ? "card" : "us_bank_account";
        return await SendAsync(HttpMethod.Post, "/v1/payment_intents", key,
        [
            ("amount", $"{amount}"), ("currency", "usd"), ("customer", customer), ("payment_method", paymentMethod), ("confirm", "true"),
            ("payment_method_types[]", type), ("mandate_data[customer_acceptance][type]", "offline"), .. more,
        ]);
    }

    public Task<StripeReply> PayOutAsync(string destination, long amount = 1000) =>
        PostAsync("/v1/payouts", ("amount", $"{amount}"), ("currency", "usd"), ("destination", destination));

    private async Task<StripeReply> SendAsync(HttpMethod method, string path, string? key, IEnumerable<(string Name, string Value)>? form)
    {
        using var request = new HttpRequestMessage(method, new Uri("/stripe" + path, UriKind.Relative));
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        if (form is not null)
        {
            request.Content = new FormUrlEncodedContent(form.Select(pair => KeyValuePair.Create(pair.Name, pair.Value)));
        }

        using var answer = await sandbox.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        var headers = answer.Headers.ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase);
        return new StripeReply(answer.StatusCode, text, headers);
    }
}

/// <summary>An answer as it came.</summary>
public sealed record StripeReply(HttpStatusCode Status, string Text, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Body => JsonDocument.Parse(Text).RootElement;

    public string Id => Body.GetProperty("id").GetString()!;

    public string? Member(string name) => Body.GetProperty(name).GetString();

    public long Number(string name) => Body.GetProperty(name).GetInt64();

    /// <summary>A member of the error, or null.</summary>
    public string? Error(string name) =>
        Body.TryGetProperty("error", out var error) && error.TryGetProperty(name, out var member) ? member.GetString() : null;

    public bool IsReplay => Headers.GetValueOrDefault("Idempotent-Replayed") == "true";
}
