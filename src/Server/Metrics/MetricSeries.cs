using System.Diagnostics.Metrics;

namespace Florin.Server.Metrics;

internal enum MetricKind
{
    Counter = 0,
    Gauge = 1,
    Histogram = 2,
}

/// <summary>One instrument with one set of labels. Thread-safe.</summary>
internal sealed class MetricSeries
{
    /// <summary>Upper bounds in seconds: from a cache hit to the longest a caller waits.</summary>
    private static readonly double[] DefaultBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private readonly Lock _lock = new();
    private readonly long[] _counts;
    private readonly bool _isCumulative;
    private double _value;
    private long _count;

    public MetricSeries(Instrument instrument, string labels)
    {
        Name = PrometheusText.Name(instrument);
        Help = instrument.Description ?? instrument.Name;
        Labels = labels;
        Kind = KindOf(instrument);

        // Observable counters and all gauges report the value itself; the others report what to add.
        _isCumulative = !instrument.IsObservable && Kind == MetricKind.Counter || IsUpDown(instrument);
        Buckets = Kind == MetricKind.Histogram ? BucketsOf(instrument) : [];
        _counts = new long[Buckets.Count + 1];
    }

    public string Name { get; }

    public string Help { get; }

    public string Labels { get; }

    public MetricKind Kind { get; }

    /// <summary>Upper bounds of a histogram, rising, without the last, infinite one.</summary>
    public IReadOnlyList<double> Buckets { get; }

    public void Record(double value)
    {
        lock (_lock)
        {
            if (Kind == MetricKind.Histogram)
            {
                int bucket = 0;
                while (bucket < Buckets.Count && value > Buckets[bucket])
                {
                    bucket++;
                }

                _counts[bucket]++;
                _count++;
                _value += value;
            }
            else
            {
                _value = _isCumulative ? _value + value : value;
            }
        }
    }

    /// <summary>The sum or present value, how many were recorded, and how many fell into each bucket.</summary>
    public (double Value, long Count, long[] BucketCounts) Read()
    {
        lock (_lock)
        {
            return (_value, _count, [.. _counts]);
        }
    }

    private static MetricKind KindOf(Instrument instrument)
    {
        string type = instrument.GetType().Name;
        return type.StartsWith("Histogram", StringComparison.Ordinal) ? MetricKind.Histogram
            : type.StartsWith("Counter", StringComparison.Ordinal) || type.StartsWith("ObservableCounter", StringComparison.Ordinal) ? MetricKind.Counter
            : MetricKind.Gauge;
    }

    private static bool IsUpDown(Instrument instrument) => instrument.GetType().Name.StartsWith("UpDownCounter", StringComparison.Ordinal);

    private static IReadOnlyList<double> BucketsOf(Instrument instrument) =>
        instrument is Histogram<double> { Advice.HistogramBucketBoundaries: { } boundaries } ? boundaries : DefaultBuckets;
}
