using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Florin.Server.Configuration;
using Florin.Server.Metrics;

namespace Florin.Server.Hosting;

/// <summary>A key or secret of a provider's that ends.</summary>
/// <param name="Name">As its setting is called: <c>stripe.secret_key</c>. Never the secret.</param>
internal sealed record Credential(string Name, DateTimeOffset ExpiresAt);

/// <summary>Says two weeks before that a provider's key or secret ends: in the metrics, in the log once a day, and as a part of <c>/health/ready</c> (fault T-07).</summary>
/// <remarks>
/// It keeps no request out. When the key is refused at last, nothing is sent and nothing is lost: payments wait under their keys, and what was unknown stays so.
/// </remarks>
internal sealed partial class CredentialHealth : IHealthCheck
{
    /// <summary>How long before its end a credential is told of.</summary>
    public static readonly TimeSpan Notice = TimeSpan.FromDays(14);

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly ImmutableArray<Credential> _credentials;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<CredentialHealth> _logger;
    private readonly Lock _lock = new();
    private DateTimeOffset _saidAt = DateTimeOffset.MinValue;

    public CredentialHealth(ImmutableArray<Credential> credentials, TimeProvider timeProvider, IMeterFactory meters, ILogger<CredentialHealth> logger)
    {
        (_credentials, _timeProvider, _logger) = (credentials, timeProvider, logger);
        meters.Create(ServerMetrics.MeterName).CreateObservableGauge(
            "florin.server.credential.expires_in",
            () => credentials.Select(credential => new Measurement<double>(
                (credential.ExpiresAt - timeProvider.GetUtcNow()).TotalSeconds, new KeyValuePair<string, object?>("credential", credential.Name))),
            "s",
            "Until a provider's key or secret ends; negative afterwards");
    }

    public string Name => "credentials";

    public bool IsNeeded => false;

    /// <summary>The credentials whose end the settings tell.</summary>
    /// <exception cref="ConfigurationRefusedException">A date cannot be read.</exception>
    public static ImmutableArray<Credential> Read(FlorinConfiguration configuration) =>
    [
        .. from pair in new[] { (Settings.StripeSecretKey, Settings.StripeSecretKeyExpires), (Settings.PayPalClientSecret, Settings.PayPalClientSecretExpires) }
           where configuration.Find(pair.Item2) is not null
           select new Credential(pair.Item1.Path, configuration.GetDate(pair.Item2)),
    ];

    public ValueTask<string> GetStateAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        Credential[] ending = [.. _credentials.Where(credential => credential.ExpiresAt - now < Notice)];
        if (ending.Length > 0 && IsDayOver(now))
        {
            foreach (Credential credential in ending)
            {
                LogEnding(credential.Name, credential.ExpiresAt);
            }
        }

        return ValueTask.FromResult(ending.Length > 0 ? HealthPart.Failed : HealthPart.Ready);
    }

    private bool IsDayOver(DateTimeOffset now)
    {
        lock (_lock)
        {
            bool isOver = now - _saidAt >= Day;
            _saidAt = isOver ? now : _saidAt;
            return isOver;
        }
    }

    [LoggerMessage(121, LogLevel.Error, "{Credential} ends at {ExpiresAt}: replace it, or its provider refuses every request from then on.")]
    private partial void LogEnding(string credential, DateTimeOffset expiresAt);
}
