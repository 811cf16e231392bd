using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Florin.Tests.Events;

/// <summary>A receiver of events as an integrator would write it: keeps what arrives, and checks signatures with its own code.</summary>
public sealed class EventReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<ReceivedEvent> _received = new();
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public EventReceiver()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(ReceiveAsync);
        _app.Start();
        Url = $"{_app.Urls.Single()}/events";
    }

    public string Url { get; }

    public IReadOnlyList<ReceivedEvent> Received => [.. _received];

    /// <summary>What is answered; 200 unless set.</summary>
    public Func<ReceivedEvent, int> Answer { get; set; } = _ => 200;

    /// <summary>Takes events and does not answer until this is disposed.</summary>
    public bool Hangs { get; set; }

    public string? Location { get; set; }

    public string? RetryAfter { get; set; }

    public async ValueTask DisposeAsync()
    {
        _released.TrySetResult();
        await _app.DisposeAsync();
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body);
        ReceivedEvent received = new(
            context.Request.Headers["webhook-id"].ToString(),
            context.Request.Headers["webhook-timestamp"].ToString(),
            context.Request.Headers["webhook-signature"].ToString(),
            context.Request.Headers["florin-replay"].ToString() == "true",
            body.ToArray());
        _received.Enqueue(received);
        if (Hangs)
        {
            await _released.Task;
        }

        context.Response.StatusCode = Answer(received);
        if (Location is not null)
        {
            context.Response.Headers.Location = Location;
        }

        if (RetryAfter is not null)
        {
            context.Response.Headers.RetryAfter = RetryAfter;
        }
    }
}

public sealed record ReceivedEvent(string Id, string Timestamp, string Signature, bool IsReplay, byte[] Body)
{
    public JsonElement Event => JsonSerializer.Deserialize<JsonElement>(Body);

    public string Type => Event.GetProperty("type").GetString()!;

    public long Sequence => Event.GetProperty("sequence").GetInt64();

    public string ObjectId => Event.GetProperty("object_id").GetString()!;

    public int ObjectSequence => Event.GetProperty("object_sequence").GetInt32();

    public JsonElement Data => Event.GetProperty("data");

    public int Signatures => Signature.Split(' ').Length;

    public DateTimeOffset SignedAt => DateTimeOffset.FromUnixTimeSeconds(long.Parse(Timestamp, CultureInfo.InvariantCulture));

    /// <summary>Source: Standard Webhooks 1.0.0, "Verifying webhook authenticity".</summary>
    public bool IsSignedBy(string secret)
    {
        byte[] key = Convert.FromBase64String(secret["whsec_".Length..]);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{Id}.{Timestamp}."), .. Body];
        byte[] expected = HMACSHA256.HashData(key, signed);
        return Signature.Split(' ').Any(part =>
            part.StartsWith("v1,", StringComparison.Ordinal) && CryptographicOperations.FixedTimeEquals(Convert.FromBase64String(part[3..]), expected));
    }
}
