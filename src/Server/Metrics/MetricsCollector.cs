using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Florin.Server.Metrics;

/// <summary>Listens to the meters of Florin and of the framework, and keeps their totals for <see cref="PrometheusText"/>.</summary>
/// <remarks>Thread-safe. The number of series is bounded; what comes after the bound is counted and left out.</remarks>
internal sealed class MetricsCollector : IDisposable
{
    /// <summary>Far above what the product makes; a bound on memory when a label gets out of hand.</summary>
    public const int SeriesMax = 10_000;

    private static readonly string[] FrameworkMeters =
        ["System.Runtime", "Microsoft.AspNetCore.Server.Kestrel", "Npgsql"];

    private readonly ConcurrentDictionary<(string Instrument, string Labels), MetricSeries> _series = new();
    private readonly MeterListener _listener = new();
    private long _droppedSeries;

    public MetricsCollector()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith("Florin", StringComparison.OrdinalIgnoreCase) || FrameworkMeters.Contains(instrument.Meter.Name))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<byte>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<short>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<float>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<decimal>((instrument, value, tags, _) => Record(instrument, (double)value, tags));
        _listener.Start();
    }

    public long DroppedSeries => Interlocked.Read(ref _droppedSeries);

    /// <summary>All series after the observable instruments were asked, ordered by name and labels.</summary>
    public IReadOnlyList<MetricSeries> Collect()
    {
        _listener.RecordObservableInstruments();
        return [.. _series.Values.OrderBy(series => series.Name, StringComparer.Ordinal).ThenBy(series => series.Labels, StringComparer.Ordinal)];
    }

    public void Dispose() => _listener.Dispose();

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string labels = PrometheusText.Labels(tags);
        if (!_series.TryGetValue((instrument.Name, labels), out MetricSeries? series))
        {
            if (_series.Count >= SeriesMax)
            {
                Interlocked.Increment(ref _droppedSeries);
                return;
            }

            series = _series.GetOrAdd((instrument.Name, labels), _ => new MetricSeries(instrument, labels));
        }

        series.Record(value);
    }
}
