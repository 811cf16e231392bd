using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Florin.Benchmarks.Api;

/// <summary>A backlog of signed provider events at once: how long until each is durable and answered, and until all are worked off.</summary>
internal sealed class WebhookBench(ServerUnderLoad server, Report report, bool isShort)
{
    private const int Clients = 64;
    private const int EventsPerObject = 10;

    private readonly int _events = isShort ? 10_000 : 50_000;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Compiled by the time it counts.
        await FloodAsync("warm", _events / 5, cancellationToken);
        await DrainAsync(cancellationToken);
        Report.Progress($"{_events} events, as fast as {Clients} senders go");
        long started = TimeProvider.System.GetTimestamp();
        report.Add($"webhooks, {Clients} senders, answered after they are durable", "events/s", await FloodAsync("flood", _events, cancellationToken));
        await DrainAsync(cancellationToken);
        report.Add("events worked off, from the first one sent", _events / TimeProvider.System.GetElapsedTime(started).TotalSeconds, "events/s");
    }

    private async Task<Sample> FloodAsync(string name, int events, CancellationToken cancellationToken)
    {
        long started = TimeProvider.System.GetTimestamp();
        List<TimeSpan>[] took = await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(
            async () =>
            {
                List<TimeSpan> times = [];
                for (int number = client; number < events; number += Clients)
                {
                    long sent = TimeProvider.System.GetTimestamp();
                    await SendAsync(Event(name, number), cancellationToken);
                    times.Add(TimeProvider.System.GetElapsedTime(sent));
                }

                return times;
            },
            cancellationToken)));
        return new Sample([.. took.SelectMany(times => times)], TimeProvider.System.GetElapsedTime(started));
    }

    private async Task SendAsync(string body, CancellationToken cancellationToken)
    {
        long time = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        byte[] hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(server.WebhookSecret), Encoding.UTF8.GetBytes($"{time}.{body}"));
        using HttpRequestMessage request = new(HttpMethod.Post, "/webhooks/stripe")
        {
            Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
        };
        request.Headers.TryAddWithoutValidation("Stripe-Signature", $"t={time},v1={Convert.ToHexStringLower(hash)}");
        using HttpResponseMessage response = await server.Http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        while ((await server.GetAsync("/webhooks/inbox?status=pending&limit=1", cancellationToken)).GetProperty("data").GetArrayLength() > 0)
        {
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <summary>A payment of somebody else's, such as an account sends that other systems use as well.</summary>
    private static string Event(string name, int number) => JsonSerializer.Serialize(new
    {
        id = string.Create(CultureInfo.InvariantCulture, $"evt_{name}_{number}"),
        @object = "event",
        api_version = "2025-06-30.basil",
        created = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
        livemode = false,
        type = "payment_intent.succeeded",
        data = new
        {
            @object = new
            {
                id = string.Create(CultureInfo.InvariantCulture, $"pi_{name}_{number / EventsPerObject}"),
                @object = "payment_intent",
                amount = 1_000,
                amount_received = 1_000,
                currency = "usd",
                status = "succeeded",
                livemode = false,
                metadata = new { order = number },
            },
        },
    });
}
