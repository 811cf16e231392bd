using System.Collections.Immutable;
using System.Globalization;
using Florin.Flows;
using Florin.Payments;
using Florin.Server.Configuration;
using Florin.Wallets;

namespace Florin.Server.Hosting;

/// <summary>The times and limits of flows, events, wallets and payments that an operator may set.</summary>
internal static class Timing
{
    private const int DaySeconds = 86_400;

    /// <summary>Smallest units.</summary>
    private const int FeeFixedMax = 1_000_000;

    /// <summary>Ten years.</summary>
    private const int ReserveSecondsMax = 3_650 * DaySeconds;

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

    public static PaymentOptions Payments(FlorinConfiguration configuration, bool isDevelopment, bool isLive, ImmutableArray<string> acquirers)
    {
        PaymentOptions defaults = new() { LiveMode = isLive };
        return defaults with
        {
            SettleWindow = Seconds(configuration, Settings.SettleWindow) ?? (isDevelopment ? SettleWindowInDevelopment : defaults.SettleWindow),
            PollFirst = Seconds(configuration, Settings.PollFirst) ?? (isDevelopment ? PollFirstInDevelopment : defaults.PollFirst),
            FeeBasisPoints = configuration.Find(Settings.PaymentFeeBasisPoints) is null
                ? defaults.FeeBasisPoints
                : configuration.GetInteger(Settings.PaymentFeeBasisPoints, 0, MerchantFees.BasisPointsMax),
            FeeFixed = configuration.Find(Settings.PaymentFeeFixed) is null
                ? defaults.FeeFixed
                : configuration.GetInteger(Settings.PaymentFeeFixed, 0, FeeFixedMax),
            ActionTime = Seconds(configuration, Settings.PaymentActionSeconds) ?? defaults.ActionTime,
            SettlementPull = Seconds(configuration, Settings.PullInterval) ?? defaults.SettlementPull,
            ReserveBasisPoints = configuration.Find(Settings.PaymentReserveBasisPoints) is null
                ? defaults.ReserveBasisPoints
                : configuration.GetInteger(Settings.PaymentReserveBasisPoints, 0, MerchantFees.BasisPointsMax),
            ReserveTime = configuration.Find(Settings.PaymentReserveSeconds) is null
                ? defaults.ReserveTime
                : TimeSpan.FromSeconds(configuration.GetInteger(Settings.PaymentReserveSeconds, 1, ReserveSecondsMax)),
            SettlementBank = configuration.Find(Settings.PaymentSettlementBank) ?? defaults.SettlementBank,
            Duplicates = configuration.Find(Settings.PaymentDuplicates) switch
            {
                null => defaults.Duplicates,
                "off" => DuplicatePolicy.Off,
                "warn" => DuplicatePolicy.Warn,
                "hold" => DuplicatePolicy.Hold,
                _ => throw new ConfigurationRefusedException($"{Settings.PaymentDuplicates.Path} must be off, warn or hold."),
            },
            DuplicateWindow = Seconds(configuration, Settings.PaymentDuplicateSeconds) ?? defaults.DuplicateWindow,
            MerchantFees = MerchantFeesOf(configuration.Find(Settings.PaymentMerchantFees) ?? ""),
            Acquirers = acquirers,
            Routes = RouteSetup.Read(configuration, acquirers),
        };
    }

    /// <exception cref="ConfigurationRefusedException">A text is not as it must be.</exception>
    public static SubscriptionOptions Subscriptions(FlorinConfiguration configuration)
    {
        SubscriptionOptions defaults = new();
        try
        {
            return (defaults with
            {
                RetryDays = configuration.Find(Settings.RetryDays) is { } days
                    ? [.. days.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(DayOf)]
                    : defaults.RetryDays,
                AfterDunning = configuration.Find(Settings.AfterDunning) switch
                {
                    null => defaults.AfterDunning,
                    "canceled" => AfterDunning.Canceled,
                    "unpaid" => AfterDunning.Unpaid,
                    _ => throw new ConfigurationRefusedException($"{Settings.AfterDunning.Path} must be canceled or unpaid."),
                },
            }).Check();
        }
        catch (ArgumentOutOfRangeException refused)
        {
            throw new ConfigurationRefusedException($"{Settings.RetryDays.Path}: {refused.Message}");
        }
    }

    /// <summary>What is no number is out of every range.</summary>
    private static int DayOf(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int day) ? day : 0;

    public static FlowOptions Flows(FlorinConfiguration configuration)
    {
        FlowOptions defaults = new();
        return defaults with
        {
            LeaseTime = Seconds(configuration, Settings.FlowLease) ?? defaults.LeaseTime,
            UnknownMax = Seconds(configuration, Settings.UnknownMax) ?? defaults.UnknownMax,
        };
    }

    public static InboxOptions Inbox(FlorinConfiguration configuration)
    {
        InboxOptions defaults = new();
        return defaults with
        {
            LeaseTime = Seconds(configuration, Settings.FlowLease) ?? defaults.LeaseTime,
            PullInterval = Seconds(configuration, Settings.PullInterval) ?? defaults.PullInterval,
        };
    }

    /// <exception cref="ConfigurationRefusedException">The text is not as it must be.</exception>
    private static ImmutableDictionary<Guid, MerchantFees> MerchantFeesOf(string text)
    {
        ImmutableDictionary<Guid, MerchantFees>.Builder fees = ImmutableDictionary.CreateBuilder<Guid, MerchantFees>();
        foreach (string entry in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] parts = entry.Split('=', '+');
            bool isGood = parts.Length == 3 && Guid.TryParseExact(parts[0], "D", out Guid merchant) && !fees.ContainsKey(merchant)
                && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int basisPoints) && basisPoints <= MerchantFees.BasisPointsMax
                && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out int amount) && amount <= FeeFixedMax
                && fees.TryAdd(merchant, new MerchantFees(basisPoints, amount));
            if (!isGood)
            {
                throw new ConfigurationRefusedException($"{Settings.PaymentMerchantFees.Path} must be like 7f3c…=250+30, with commas between, each wallet once.");
            }
        }

        return fees.ToImmutable();
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
