using System.Diagnostics.Metrics;
using Florin.Server.Logging;
using Florin.Server.Metrics;

namespace Florin.Server.Hosting;

/// <summary>The log file takes lines. Money moves without it, so that its disk being full does not make the server unready; it is told and counted.</summary>
internal sealed class LogHealth : IHealthCheck
{
    private readonly FileLog _file;

    public LogHealth(FileLog file, IMeterFactory meters)
    {
        _file = file;
        Meter meter = meters.Create(ServerMetrics.MeterName);
        meter.CreateObservableCounter("florin.server.log.failures", () => _file.Failures, "{line}", "Log lines that could not be written");
    }

    public string Name => "log";

    public bool IsNeeded => false;

    public ValueTask<string> GetStateAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(_file.IsFailing ? HealthPart.Failed : HealthPart.Ready);
}
