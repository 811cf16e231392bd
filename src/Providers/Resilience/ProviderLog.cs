using Microsoft.Extensions.Logging;

namespace Florin.Providers.Resilience;

/// <summary>What is said about the way to a provider: never a body, a key or anything personal.</summary>
internal static partial class ProviderLog
{
    [LoggerMessage(3001, LogLevel.Debug, "{Provider} {Operation}: {Delivery}, HTTP {Status}, request {RequestId}, {ElapsedMs} ms")]
    public static partial void Attempt(
        ILogger logger, string provider, string operation, Delivery delivery, int status, string? requestId, double elapsedMs);

    [LoggerMessage(3002, LogLevel.Warning, "{Provider} {Operation}: outcome unknown after {Attempts} attempts ({Reason}), request {RequestId}")]
    public static partial void OutcomeUnknown(ILogger logger, string provider, string operation, int attempts, string reason, string? requestId);

    [LoggerMessage(3003, LogLevel.Error, "{Provider} refuses our API key (HTTP 401) at {Operation}, request {RequestId}: nothing is sent until it is configured rightly")]
    public static partial void KeyRefused(ILogger logger, string provider, string operation, string? requestId);

    [LoggerMessage(3004, LogLevel.Warning, "{Provider} is in trouble: no request leaves for {Pause}")]
    public static partial void BreakerOpened(ILogger logger, string provider, TimeSpan pause);

    [LoggerMessage(3005, LogLevel.Information, "{Provider} answers again: requests leave as usual")]
    public static partial void BreakerClosed(ILogger logger, string provider);

    [LoggerMessage(3006, LogLevel.Error, "{Provider} holds {Count} objects for our reference {Reference}: one obligation may have moved money twice")]
    public static partial void SeveralForOneReference(ILogger logger, string provider, int count, string reference);
}
