using Florin.Server.Metrics;

namespace Florin.Server.Endpoints.Operations;

/// <summary><c>GET /metrics</c>: counters, gauges and histograms in the Prometheus text format.</summary>
internal sealed class MetricsText : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/metrics", Handle)
        .WithTags("Operations").WithSummary("Tells the metrics").WithName("metrics").Produces<string>(StatusCodes.Status200OK, "text/plain");

    private static IResult Handle(MetricsCollector collector) => Results.Text(PrometheusText.Write(collector.Collect()), PrometheusText.MediaType);
}
