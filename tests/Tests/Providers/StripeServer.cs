using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Florin.Tests.Providers;

/// <summary>A request as it came over the socket.</summary>
public sealed record SeenRequest(string Method, string Path, string Query, string Body, string? IdempotencyKey, string? Authorization, string? Version);

/// <summary>A server on a real socket that answers each request as the test says, and remembers all of them.</summary>
public sealed class StripeServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<SeenRequest> _seen = new();
    private readonly Func<SeenRequest, HttpContext, Task> _answer;

    private StripeServer(Func<SeenRequest, HttpContext, Task> answer)
    {
        _answer = answer;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1));
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    /// <summary>With a path, as the sandbox has one.</summary>
    public Uri ApiBase => new(_app.Urls.First() + "/stripe");

    public IReadOnlyList<SeenRequest> Seen => [.. _seen];

    public static async Task<StripeServer> StartAsync(Func<SeenRequest, HttpContext, Task> answer)
    {
        StripeServer server = new(answer);
        await server._app.StartAsync();
        return server;
    }

    public static Task<StripeServer> StartAsync(int status, string body, params (string Name, string Value)[] headers)
        => StartAsync((_, context) => AnswerAsync(context, status, body, headers));

    public static async Task AnswerAsync(HttpContext context, int status, string body, params (string Name, string Value)[] headers)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        foreach ((string name, string value) in headers)
        {
            context.Response.Headers[name] = value;
        }

        await context.Response.WriteAsync(body);
    }

    /// <summary>Closes the connection with a reset instead of an answer.</summary>
    public static Task ResetAsync(HttpContext context)
    {
        context.Features.Get<IConnectionSocketFeature>()!.Socket.LingerState = new LingerOption(true, 0);
        context.Abort();
        return Task.CompletedTask;
    }

    /// <summary>An address on which nobody listens.</summary>
    public static Uri ClosedAddress()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/stripe");
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        using StreamReader reader = new(context.Request.Body, Encoding.UTF8);
        SeenRequest seen = new(
            context.Request.Method,
            context.Request.Path.Value!,
            context.Request.QueryString.Value ?? string.Empty,
            await reader.ReadToEndAsync(),
            context.Request.Headers["Idempotency-Key"],
            context.Request.Headers.Authorization,
            context.Request.Headers["Stripe-Version"]);
        _seen.Enqueue(seen);
        await _answer(seen, context);
    }
}
