using System.Diagnostics.Metrics;
using Florin.Server.Metrics;
using Xunit;

namespace Florin.Tests.Server;

public sealed class PrometheusTextTests
{
    [Fact]
    public void Counters_gauges_and_histograms_are_written_as_the_format_has_them()
    {
        using MetricsCollector collector = new();
        using Meter meter = new("Florin.Test." + nameof(PrometheusTextTests));
        Counter<long> counter = meter.CreateCounter<long>("florin.test.things", "{thing}", "Things seen");
        UpDownCounter<int> gauge = meter.CreateUpDownCounter<int>("florin.test.level");
        Histogram<double> histogram = meter.CreateHistogram<double>("florin.test.time", "s");
        counter.Add(2, new KeyValuePair<string, object?>("kind", "a\"b"));
        counter.Add(3, new KeyValuePair<string, object?>("kind", "a\"b"));
        gauge.Add(5);
        gauge.Add(-2);
        histogram.Record(0.003);
        histogram.Record(40);

        string text = PrometheusText.Write(collector.Collect());
        Assert.Contains("# HELP florin_test_things_total Things seen\n# TYPE florin_test_things_total counter\n", text, StringComparison.Ordinal);
        Assert.Contains("florin_test_things_total{kind=\"a\\\"b\"} 5\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE florin_test_level gauge\nflorin_test_level 3\n", text, StringComparison.Ordinal);
        Assert.Contains("florin_test_time_seconds_bucket{le=\"0.0025\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("florin_test_time_seconds_bucket{le=\"0.005\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("florin_test_time_seconds_bucket{le=\"+Inf\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("florin_test_time_seconds_count 2\n", text, StringComparison.Ordinal);
    }
}
