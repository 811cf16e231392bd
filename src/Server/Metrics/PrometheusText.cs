using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Florin.Server.Metrics;

/// <summary>Writes series in the Prometheus text exposition format, version 0.0.4.</summary>
internal static class PrometheusText
{
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IEnumerable<MetricSeries> allSeries)
    {
        StringBuilder text = new();
        string? previous = null;
        foreach (MetricSeries series in allSeries)
        {
            if (series.Name != previous)
            {
                text.Append("# HELP ").Append(series.Name).Append(' ').Append(series.Help.ReplaceLineEndings(" ")).Append('\n');
                text.Append("# TYPE ").Append(series.Name).Append(' ').Append(JsonName(series.Kind)).Append('\n');
                previous = series.Name;
            }

            Append(text, series);
        }

        return text.ToString();
    }

    /// <summary><c>florin.server.request.duration</c> in seconds becomes <c>florin_server_request_duration_seconds</c>.</summary>
    public static string Name(Instrument instrument)
    {
        string name = Sanitize(instrument.Name);
        string unit = instrument.Unit switch { "s" => "_seconds", "ms" => "_milliseconds", "By" => "_bytes", _ => "" };
        bool isCounter = instrument.GetType().Name.Contains("Counter", StringComparison.Ordinal)
            && !instrument.GetType().Name.Contains("UpDown", StringComparison.Ordinal);
        string unitPart = unit.Length > 0 && !name.EndsWith(unit, StringComparison.Ordinal) ? unit : "";
        return name + unitPart + (isCounter && !name.EndsWith("_total", StringComparison.Ordinal) ? "_total" : "");
    }

    /// <summary><c>method="GET",status="200"</c>: sorted, escaped; empty without tags.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return "";
        }

        KeyValuePair<string, object?>[] sorted = tags.ToArray();
        Array.Sort(sorted, static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        return string.Join(',', sorted.Select(tag =>
            $"{Sanitize(tag.Key)}=\"{Escape(Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "")}\""));
    }

    private static void Append(StringBuilder text, MetricSeries series)
    {
        (double value, long count, long[] bucketCounts) = series.Read();
        if (series.Kind != MetricKind.Histogram)
        {
            Line(text, series.Name, series.Labels, value);
            return;
        }

        long upTo = 0;
        for (int bucket = 0; bucket < bucketCounts.Length; bucket++)
        {
            upTo += bucketCounts[bucket];
            string bound = bucket < series.Buckets.Count ? series.Buckets[bucket].ToString("R", CultureInfo.InvariantCulture) : "+Inf";
            Line(text, series.Name + "_bucket", series.Labels + (series.Labels.Length > 0 ? "," : "") + $"le=\"{bound}\"", upTo);
        }

        Line(text, series.Name + "_sum", series.Labels, value);
        Line(text, series.Name + "_count", series.Labels, count);
    }

    private static void Line(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }

    private static string JsonName(MetricKind kind) => kind switch
    {
        MetricKind.Counter => "counter",
        MetricKind.Gauge => "gauge",
        MetricKind.Histogram => "histogram",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Sanitize(string name) => string.Concat(name.Select(character => char.IsAsciiLetterOrDigit(character) ? character : '_'));

    private static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
