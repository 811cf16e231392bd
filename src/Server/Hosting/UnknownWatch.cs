using System.Diagnostics.Metrics;
using Florin.Flows;

namespace Florin.Server.Hosting;

/// <summary>Measures the flows whose outcome is unknown, and says it loudly when the oldest of them is overdue (fault U-04).</summary>
internal sealed partial class UnknownWatch : IRepeatedWork
{
    /// <summary>Beyond it the count stands still; the age of the oldest is exact all the same.</summary>
    private const int CountMax = 200;

    private readonly IFlows _flows;
    private readonly FlowOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<UnknownWatch> _logger;
    private readonly Gauge<long> _count;
    private readonly Gauge<double> _oldest;

    public UnknownWatch(IFlows flows, FlowOptions options, TimeProvider timeProvider, IMeterFactory meters, ILogger<UnknownWatch> logger)
    {
        (_flows, _options, _timeProvider, _logger) = (flows, options, timeProvider, logger);
        Meter meter = meters.Create("florin.flows");
        _count = meter.CreateGauge<long>("florin.flows.unknown_now", "{flow}", $"Flows whose outcome is unknown, up to {CountMax}.");
        _oldest = meter.CreateGauge<double>("florin.flows.unknown_oldest", "s", "How long the oldest unknown outcome has been unknown.");
    }

    public string What => "measuring unknown outcomes";

    public TimeSpan Interval => TimeSpan.FromSeconds(5);

    public async ValueTask RunAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<UnknownFlow> unknown = await _flows.ListUnknownAsync(kind: null, CountMax, cancellationToken);
        TimeSpan age = unknown.Count == 0 ? TimeSpan.Zero : _timeProvider.GetUtcNow() - unknown[0].Since;
        _count.Record(unknown.Count);
        _oldest.Record(Math.Max(0, age.TotalSeconds));
        if (age >= _options.UnknownMax)
        {
            LogOverdue(unknown[0].Flow.Kind, unknown[0].Flow.Id, age);
        }
    }

    [LoggerMessage(139, LogLevel.Warning, "{Kind} {Id} has been unknown for {Age}: ask the provider")]
    private partial void LogOverdue(string kind, FlowId id, TimeSpan age);
}
