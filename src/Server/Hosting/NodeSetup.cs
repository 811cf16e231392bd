using System.Net;
using Florin.Ledger.Cluster;
using Florin.Server.Configuration;

namespace Florin.Server.Hosting;

/// <summary>How this server shares the ledger with others on the same database.</summary>
internal static class NodeSetup
{
    private const int LeaseMillisecondsMin = 500;
    private const int LeaseMillisecondsMax = 60_000;
    private const int PatienceSecondsMax = 300;

    // A third of the lease: two renewals may be lost before the lease is.
    private const int RenewalsPerLease = 3;
    private const int MarginsPerLease = 10;

    /// <exception cref="ConfigurationRefusedException">A setting cannot be used.</exception>
    public static LedgerNodeOptions Options(FlorinConfiguration configuration, Uri listenUrl, bool isAlone)
    {
        TimeSpan lease = TimeSpan.FromMilliseconds(configuration.GetInteger(Settings.LedgerLease, LeaseMillisecondsMin, LeaseMillisecondsMax));
        TimeSpan patience = TimeSpan.FromSeconds(configuration.GetInteger(Settings.LedgerPatience, 1, PatienceSecondsMax));
        return patience <= lease
            ? throw new ConfigurationRefusedException($"{Settings.LedgerPatience.Path} must be longer than {Settings.LedgerLease.Path}.")
            : new LedgerNodeOptions
            {
                AdvertiseUrl = Advertise(configuration, listenUrl),
                LeaseTime = lease,
                LeaseMargin = lease / MarginsPerLease,
                RenewEvery = lease / RenewalsPerLease,
                StatementPatience = lease / RenewalsPerLease,
                CallPatience = patience,
                IsAlone = isAlone,
            };
    }

    private static Uri Advertise(FlorinConfiguration configuration, Uri listenUrl)
    {
        if (configuration.Find(Settings.AdvertiseUrl) is { } text)
        {
            return Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https" && url.AbsolutePath == "/"
                ? url
                : throw new ConfigurationRefusedException($"{Settings.AdvertiseUrl.Path} must be like http://10.0.0.5:8080, and is not.");
        }

        // Every address of this machine is none that another one could use; its name may be.
        bool isEvery = IPAddress.TryParse(listenUrl.Host.Trim('[', ']'), out IPAddress? address)
            && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));
        return isEvery ? new UriBuilder(listenUrl) { Host = Dns.GetHostName() }.Uri : listenUrl;
    }
}
