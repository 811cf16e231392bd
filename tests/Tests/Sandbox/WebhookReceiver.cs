using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Florin.Tests.Sandbox;

/// <summary>An endpoint that keeps what arrives, and checks signatures with its own code.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<ReceivedWebhook> received = new();
    private int failures;

    public WebhookReceiver()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.Run(ReceiveAsync);
        app.Start();
        Url = $"{app.Urls.Single()}/hook/";
    }

    public string Url { get; }

    public IReadOnlyList<ReceivedWebhook> Received => [.. received];

    /// <summary>Answers the next requests with 500.</summary>
    public void FailNext(int times) => Volatile.Write(ref failures, times);

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        received.Enqueue(new ReceivedWebhook(body.ToArray(), context.Request.Headers["Stripe-Signature"].ToString()));
        context.Response.StatusCode = Interlocked.Decrement(ref failures) >= 0 ? 500 : 200;
    }
}

public sealed record ReceivedWebhook(byte[] Body, string Signature)
{
    public JsonElement Event => JsonDocument.Parse(Body).RootElement;

    public string Id => Event.GetProperty("id").GetString()!;

    public string Type => Event.GetProperty("type").GetString()!;

    public JsonElement Subject => Event.GetProperty("data").GetProperty("object");

    public long SignedAt => long.Parse(Parts("t").Single());

    /// <summary>Whether one of the signatures is by this secret. Source: docs.stripe.com/webhooks/signature.</summary>
    public bool IsSignedBy(string secret)
    {
        using var hmac = new HMACSHA256(Encoding.UTF8.GetBytes(secret));
        var expected = Convert.ToHexStringLower(hmac.ComputeHash([.. Encoding.UTF8.GetBytes(SignedAt + "."), .. Body]));
        return Parts("v1").Contains(expected);
    }

    private IEnumerable<string> Parts(string name) =>
        Signature.Split(',').Select(part => part.Split('=', 2)).Where(part => part[0] == name).Select(part => part[1]);
}
