using System.Net;
using System.Net.Sockets;

namespace Florin.Flows.Outbound;

/// <summary>Which addresses events may be sent to: those of the public internet (fault O-06).</summary>
internal static class PublicAddress
{
    /// <summary>What of IPv4 is not the public internet. Source: IANA IPv4 Special-Purpose Address Registry, RFC 1112, RFC 5771.</summary>
    private static readonly IPNetwork[] SpecialV4 =
    [
        .. ((string[])
        [
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        ]).Select(text => IPNetwork.Parse(text)),
    ];

    /// <summary>Of IPv6 only global unicast is public, …</summary>
    private static readonly IPNetwork GlobalV6 = IPNetwork.Parse("2000::/3");

    /// <summary>… less what is special in it: Teredo, ORCHID and benchmarks, documentation, 6to4. Source: IANA IPv6 Special-Purpose Address Registry.</summary>
    private static readonly IPNetwork[] SpecialV6 =
        [.. ((string[])["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"]).Select(text => IPNetwork.Parse(text))];

    /// <param name="allowsLoopback">Development: this machine is fine too.</param>
    public static bool IsAllowed(IPAddress address, bool allowsLoopback)
    {
        IPAddress real = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (allowsLoopback && IPAddress.IsLoopback(real))
        {
            return true;
        }

        return real.AddressFamily switch
        {
            AddressFamily.InterNetwork => !SpecialV4.Any(network => network.Contains(real)),
            AddressFamily.InterNetworkV6 => real.ScopeId == 0 && GlobalV6.Contains(real) && !SpecialV6.Any(network => network.Contains(real)),
            _ => false,
        };
    }
}
