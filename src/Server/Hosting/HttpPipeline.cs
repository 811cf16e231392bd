using System.Net;
using Florin.Server.Configuration;
using Florin.Server.Endpoints;
using Florin.Server.Http;
using Florin.Server.Metrics;
using Florin.Server.OpenApi;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Florin.Server.Hosting;

/// <summary>The limits of the server, what a request passes through, and in which order.</summary>
internal static class HttpPipeline
{
    private const int HeadersTotalBytesMax = 32 * 1024;
    private const int HeaderCountMax = 64;
    private const int RequestLineBytesMax = 8 * 1024;
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan KeepAliveTimeout = TimeSpan.FromSeconds(120);
    private static readonly MinDataRate BodyRateMin = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));

    /// <param name="url">Where REST is served, over HTTP/1.1.</param>
    /// <param name="grpcUrl">Where gRPC is served, over HTTP/2 without TLS, by prior knowledge (RFC 9113, section 3.3); port 0 takes a free one.</param>
    public static void AddHttp(this WebApplicationBuilder builder, FlorinConfiguration configuration, Uri url, Uri? grpcUrl)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            Listen(kestrel, url, HttpProtocols.Http1);
            if (grpcUrl is not null)
            {
                Listen(kestrel, grpcUrl, HttpProtocols.Http2);
            }

            kestrel.AddServerHeader = false;
            kestrel.AllowSynchronousIO = false;
            kestrel.Limits.MaxRequestBodySize = CardGuard.DrainBytesMax;
            kestrel.Limits.MaxRequestHeadersTotalSize = HeadersTotalBytesMax;
            kestrel.Limits.MaxRequestHeaderCount = HeaderCountMax;
            kestrel.Limits.MaxRequestLineSize = RequestLineBytesMax;
            kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
            kestrel.Limits.KeepAliveTimeout = KeepAliveTimeout;
            kestrel.Limits.MinRequestBodyDataRate = BodyRateMin;
            kestrel.Limits.MaxConcurrentConnections = configuration.GetInteger(Settings.HttpConnectionsMax, 1, 1_000_000);
        });
        builder.Services.ConfigureHttpJsonOptions(options => JsonConventions.Apply(options.SerializerOptions));
        builder.Services.AddLoginLimits(configuration.GetInteger(Settings.LoginsPerMinute, 1, 1_000_000));
        builder.Services.AddSingleton(new RequestLimit.Options(configuration.GetInteger(Settings.HttpRequestsMax, 1, 1_000_000)));
        builder.Services.AddSingleton<FatalStop>();
        builder.Services.AddSingleton<ServerMetrics>();
        builder.Services.AddSingleton<MetricsCollector>();
        builder.Services.AddFlorinOpenApi();
    }

    private static void Listen(KestrelServerOptions kestrel, Uri url, HttpProtocols protocols)
    {
        if (IPAddress.TryParse(url.Host.Trim('[', ']'), out IPAddress? address))
        {
            kestrel.Listen(address, url.Port, listen => listen.Protocols = protocols);
        }
        else
        {
            kestrel.ListenLocalhost(url.Port, listen => listen.Protocols = protocols);
        }
    }

    public static void UseHttp(this WebApplication app)
    {
        // Made now, so that it hears every measurement.
        _ = app.Services.GetRequiredService<MetricsCollector>();

        app.UseMiddleware<RequestIds>();
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<AccessLog>();
        app.UseMiddleware<CatchAll>();
        app.UseMiddleware<RequestLimit>();
        app.UseStatusCodePages(context =>
            Problems.Of(ProblemCode.ForStatus(context.HttpContext.Response.StatusCode)).ExecuteAsync(context.HttpContext));
        app.UseMiddleware<CardGuard>();
        app.UseFlorinDocs();
        app.UseRouting();
        app.UseRateLimiter();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapFlorinEndpoints();
        app.MapFlorinOpenApi();
    }
}
