using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Florin.Tests.Support;

namespace Florin.Tests.Sandbox;

/// <summary>Calls the sandbox's PayPal as a plain HTTP client would, without the connector.</summary>
public sealed class PayPalCaller
{
    private readonly SandboxProcess sandbox;
    private readonly string token;

    private PayPalCaller(SandboxProcess sandbox, string token) => (this.sandbox, this.token) = (sandbox, token);

    public static async Task<PayPalCaller> StartAsync(SandboxProcess sandbox)
    {
        PayPalReply reply = await TokenAsync(sandbox, "client:secret");
        return new PayPalCaller(sandbox, reply.Body.GetProperty("access_token").GetString()!);
    }

    public static async Task<PayPalReply> TokenAsync(SandboxProcess sandbox, string client, string grant = "client_credentials")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/paypal/v1/oauth2/token", UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(client)));
        request.Content = new FormUrlEncodedContent([KeyValuePair.Create("grant_type", grant)]);
        using var answer = await sandbox.Http.SendAsync(request);
        return new PayPalReply(answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public static JsonObject Order(string? vaultId = "sandbox_ok", string intent = "CAPTURE", string value = "10.50", string currency = "USD", string? invoice = null)
    {
        var unit = new JsonObject { ["custom_id"] = "flow-1", ["amount"] = new JsonObject { ["currency_code"] = currency, ["value"] = value } };
        if (invoice is not null)
        {
            unit["invoice_id"] = invoice;
        }

        var order = new JsonObject { ["intent"] = intent, ["purchase_units"] = new JsonArray(unit) };
        if (vaultId is not null)
        {
            order["payment_source"] = new JsonObject { ["paypal"] = new JsonObject { ["vault_id"] = vaultId } };
        }

        return order;
    }

    public Task<PayPalReply> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null, []);

    public Task<PayPalReply> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path, null, []);

    /// <summary>Asks for the representation.</summary>
    public Task<PayPalReply> PostAsync(string path, JsonObject body, string? requestId = null) =>
        SendAsync(HttpMethod.Post, path, body.ToJsonString(), [("Prefer", "return=representation"), .. requestId is null ? [] : new[] { ("PayPal-Request-Id", requestId) }]);

    public async Task<PayPalReply> SendAsync(HttpMethod method, string path, string? body, IEnumerable<(string Name, string Value)> headers)
    {
        using var request = new HttpRequestMessage(method, new Uri("/paypal" + path, UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var answer = await sandbox.Http.SendAsync(request);
        return new PayPalReply(answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}

/// <summary>An answer as it came.</summary>
public sealed record PayPalReply(HttpStatusCode Status, string Text)
{
    public JsonElement Body => JsonDocument.Parse(Text).RootElement;

    public string Id => Member("id")!;

    public string? Member(string name) => Body.TryGetProperty(name, out var member) ? member.GetString() : null;

    /// <summary>The first issue of an error.</summary>
    public string? Issue => Body.TryGetProperty("details", out var details) && details.GetArrayLength() > 0 ? details[0].GetProperty("issue").GetString() : null;
}
