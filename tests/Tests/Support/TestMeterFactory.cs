using System.Diagnostics.Metrics;

namespace Florin.Tests.Support;

/// <summary>Meters for objects built by hand.</summary>
internal sealed class TestMeterFactory : IMeterFactory
{
    public Meter Create(MeterOptions options) => new(options);

    public void Dispose()
    {
    }
}
