using System.Text.Json;
using Florin.Server.Configuration;

namespace Florin.Server.Hosting;

/// <summary>Real time plus how far the sandbox's clock was moved ahead: development only. It never goes back. Thread-safe.</summary>
/// <remarks>
/// Only the time of day is moved. Timers and time stamps run in real time, so that what is under way is not timed out by a jump. Webhooks of the sandbox are
/// signed in real time and are therefore refused once it was moved; what they say arrives by the pull of events.
/// </remarks>
internal sealed class FollowedClock : TimeProvider, IDisposable
{
    /// <summary>How often the sandbox is asked.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient _http;
    private readonly Uri _clock;
    private long _aheadTicks;

    /// <param name="sandboxUrl">The sandbox whose clock is followed.</param>
    public FollowedClock(Uri sandboxUrl)
    {
        _clock = new Uri(sandboxUrl, "/_sandbox/clock");
        _http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
    }

    /// <summary>How long due work may lie unnoticed: a clock that jumps makes much due at once.</summary>
    public static TimeSpan DuePoll => Interval;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Interlocked.Read(ref _aheadTicks));

    /// <summary>Whether the configuration wants it.</summary>
    /// <exception cref="ConfigurationRefusedException">Outside development mode, or without a sandbox: time that moves real money is not moved.</exception>
    public static bool IsWanted(ServeOptions options, Uri? sandboxUrl) => options.Configuration.Get(Settings.FollowSandboxClock) switch
    {
        "false" => false,
        "true" when !options.IsDevelopment =>
            throw new ConfigurationRefusedException($"{Settings.FollowSandboxClock.Path} is for development mode (--dev) only."),
        "true" when sandboxUrl is null || options.Configuration.Find(Settings.StripeSecretKey) is not null =>
            throw new ConfigurationRefusedException($"{Settings.FollowSandboxClock.Path} needs the sandbox, and no key of a provider."),
        "true" => true,
        _ => throw new ConfigurationRefusedException($"{Settings.FollowSandboxClock.Path} must be true or false."),
    };

    /// <summary>Asks the sandbox once.</summary>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        await using Stream answer = await _http.GetStreamAsync(_clock, cancellationToken);
        using JsonDocument document = await JsonDocument.ParseAsync(answer, cancellationToken: cancellationToken);
        long ticks = TimeSpan.FromSeconds(document.RootElement.GetProperty("ahead_seconds").GetInt64()).Ticks;
        long seen = Interlocked.Read(ref _aheadTicks);
        while (ticks > seen && Interlocked.CompareExchange(ref _aheadTicks, ticks, seen) != seen)
        {
            seen = Interlocked.Read(ref _aheadTicks);
        }
    }

    /// <summary>Follows until <paramref name="stop"/> is cancelled. A sandbox that is away for a while leaves the clock as it is.</summary>
    public async Task FollowAsync(CancellationToken stop)
    {
        using PeriodicTimer timer = new(Interval, System);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(stop);
                await ReadAsync(stop);
            }
            catch (OperationCanceledException)
            {
                // The stop, or an answer that took too long.
            }
            catch (HttpRequestException)
            {
                // It is asked again.
            }
        }
    }

    public void Dispose() => _http.Dispose();
}
