using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Florin.Tests.Sandbox;

/// <summary>An endpoint that keeps what arrives, and checks signatures with its own code.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly ConcurrentQueue<ReceivedWebhook> received = new();
    private readonly Task serving;
    private int failures;

    public WebhookReceiver()
    {
        // The system gives no free port to an HttpListener, so take one and let go of it.
        using (var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/hook/";
        }

        listener.Prefixes.Add(Url);
        listener.Start();
        serving = ServeAsync();
    }

    public string Url { get; }

    public IReadOnlyList<ReceivedWebhook> Received => [.. received];

    /// <summary>Answers the next requests with 500.</summary>
    public void FailNext(int times) => Volatile.Write(ref failures, times);

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await serving;
        listener.Close();
    }

    private async Task ServeAsync()
    {
        while (listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception stopped) when (stopped is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            received.Enqueue(new ReceivedWebhook(body.ToArray(), context.Request.Headers["Stripe-Signature"]!));
            context.Response.StatusCode = Interlocked.Decrement(ref failures) >= 0 ? 500 : 200;
            context.Response.Close();
        }
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
