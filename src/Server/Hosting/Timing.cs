using Florin.Flows;
using Florin.Server.Configuration;
using Florin.Wallets;

namespace Florin.Server.Hosting;

/// <summary>The times and limits of flows, events and wallets that an operator may set.</summary>
internal static class Timing
{
    private const int DaySeconds = 86_400;

    /// <summary>In development the provider is a sandbox on the same machine: what it does not know soon, it never got.</summary>
    private static readonly TimeSpan SettleWindowInDevelopment = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan PollFirstInDevelopment = TimeSpan.FromSeconds(2);

    public static WalletOptions Wallets(FlorinConfiguration configuration, bool isDevelopment, bool isLive)
    {
        WalletOptions defaults = new() { LiveMode = isLive };
        return defaults with
        {
            SettleWindow = Seconds(configuration, Settings.SettleWindow) ?? (isDevelopment ? SettleWindowInDevelopment : defaults.SettleWindow),
            PollFirst = Seconds(configuration, Settings.PollFirst) ?? (isDevelopment ? PollFirstInDevelopment : defaults.PollFirst),
        };
    }

    public static FlowOptions Flows(FlorinConfiguration configuration)
    {
        FlowOptions defaults = new();
        return defaults with { LeaseTime = Seconds(configuration, Settings.FlowLease) ?? defaults.LeaseTime };
    }

    public static InboxOptions Inbox(FlorinConfiguration configuration)
    {
        InboxOptions defaults = new();
        return defaults with { PullInterval = Seconds(configuration, Settings.PullInterval) ?? defaults.PullInterval };
    }

    /// <exception cref="ConfigurationRefusedException">Loopback endpoints are allowed outside development mode.</exception>
    public static EventOptions Events(FlorinConfiguration configuration, bool isDevelopment)
    {
        bool allowsLoopback = configuration.Get(Settings.AllowLoopbackEndpoints) switch
        {
            "true" => true,
            "false" => false,
            _ => throw new ConfigurationRefusedException($"{Settings.AllowLoopbackEndpoints.Path} must be true or false."),
        };
        return allowsLoopback && !isDevelopment
            ? throw new ConfigurationRefusedException($"{Settings.AllowLoopbackEndpoints.Path} is for development mode (--dev) only.")
            : new EventOptions { AllowsLoopback = allowsLoopback };
    }

    private static TimeSpan? Seconds(FlorinConfiguration configuration, Setting setting) =>
        configuration.Find(setting) is null ? null : TimeSpan.FromSeconds(configuration.GetInteger(setting, 1, DaySeconds));
}
