using System.Collections;
using System.Diagnostics.Metrics;
using Florin.Server.Configuration;
using Florin.Server.Hosting;
using Florin.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Florin.Tests.Server;

/// <summary>A provider's key that ends is told of before it does.</summary>
public sealed class CredentialHealthTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    [Fault("T-07")]
    public async Task Two_weeks_before_its_end_a_key_is_told_of_by_metric_health_and_log()
    {
        ManualTimeProvider clock = new();
        TestMeterFactory meters = new();
        Lines lines = new();
        CredentialHealth health = new([new Credential("paypal.client_secret", clock.GetUtcNow() + TimeSpan.FromDays(20))], clock, meters, lines);
        double left = 0;
        using MeterListener listener = new() { InstrumentPublished = (instrument, self) => Listen(instrument, self) };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => left = value);
        listener.Start();

        Assert.Equal("ready", await health.GetStateAsync(Token));
        clock.Advance(TimeSpan.FromDays(6) + TimeSpan.FromSeconds(1));
        Assert.Equal(("failed", 1), (await health.GetStateAsync(Token), lines.Count));
        Assert.Equal(("failed", 1), (await health.GetStateAsync(Token), lines.Count));
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(("failed", 2), (await health.GetStateAsync(Token), lines.Count));
        listener.RecordObservableInstruments();
        Assert.Equal(TimeSpan.FromDays(13).TotalSeconds - 1, left);
        Assert.False(health.IsNeeded);
    }

    [Fact]
    public async Task The_dates_are_the_operators()
    {
        Credential read = Assert.Single(await ReadAsync("FLORIN__STRIPE__SECRET_KEY_EXPIRES", "2027-03-01"));
        Assert.Equal(("stripe.secret_key", new DateTimeOffset(2027, 3, 1, 0, 0, 0, TimeSpan.Zero)), (read.Name, read.ExpiresAt));
        await Assert.ThrowsAsync<ConfigurationRefusedException>(() => ReadAsync("FLORIN__PAYPAL__CLIENT_SECRET_EXPIRES", "next year"));
    }

    private static void Listen(Instrument instrument, MeterListener listener)
    {
        if (instrument.Name == "florin.server.credential.expires_in")
        {
            listener.EnableMeasurementEvents(instrument);
        }
    }

    private static async Task<IReadOnlyList<Credential>> ReadAsync(string name, string value)
    {
        await using TemporaryFolder folder = TemporaryFolder.Create();
        return CredentialHealth.Read(FlorinConfiguration.Load(folder.Path, new Hashtable { [name] = value }, new Dictionary<Setting, string>()));
    }

    private sealed class Lines : ILogger<CredentialHealth>
    {
        public int Count { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Count++;
    }
}
