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

    public static void AddHttp(this WebApplicationBuilder builder, FlorinConfiguration configuration)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
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
