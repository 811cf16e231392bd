using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Florin.Flows.Outbound;

/// <summary>Which addresses events may be sent to: those of the public internet (fault O-06).</summary>
/// <remarks>
/// IPv4 is looked at as the part of IPv6 that it is mapped to, so that an address cannot pass by being written in the other form. The comparison is
/// our own: <see cref="IPNetwork.Contains"/> of .NET 10.0.12 says that ::ffff:10.0.0.1 is in 2000::/3.
/// </remarks>
internal static class PublicAddress
{
    private static readonly Prefix MappedV4 = Prefix.Of("::ffff:0.0.0.0/96");

    /// <summary>What of IPv4 is not the public internet. Source: IANA IPv4 Special-Purpose Address Registry, RFC 1112, RFC 5771.</summary>
    private static readonly Prefix[] SpecialV4 =
    [
        .. ((string[])
        [
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        ]).Select(Prefix.Of),
    ];

    /// <summary>Of IPv6 only global unicast is public, …</summary>
    private static readonly Prefix GlobalV6 = Prefix.Of("2000::/3");

    /// <summary>… less what is special in it: Teredo, ORCHID and benchmarks, documentation, 6to4. Source: IANA IPv6 Special-Purpose Address Registry.</summary>
    private static readonly Prefix[] SpecialV6 = [.. ((string[])["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"]).Select(Prefix.Of)];

    /// <param name="allowsLoopback">Development: this machine is fine too.</param>
    public static bool IsAllowed(IPAddress address, bool allowsLoopback)
    {
        IPAddress real = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (allowsLoopback && IPAddress.IsLoopback(real))
        {
            return true;
        }

        if (real.AddressFamily == AddressFamily.InterNetworkV6 && real.ScopeId != 0)
        {
            return false;
        }

        UInt128 bits = Bits(real);
        return MappedV4.Contains(bits)
            ? !SpecialV4.Any(prefix => prefix.Contains(bits))
            : GlobalV6.Contains(bits) && !SpecialV6.Any(prefix => prefix.Contains(bits));
    }

    private static UInt128 Bits(IPAddress address) => BinaryPrimitives.ReadUInt128BigEndian(address.MapToIPv6().GetAddressBytes());

    /// <summary>The addresses that begin with the same bits.</summary>
    private readonly record struct Prefix(UInt128 First, UInt128 Mask)
    {
        private const int BitsV6 = 128;
        private const int BitsV4 = 32;

        public static Prefix Of(string text)
        {
            int slash = text.IndexOf('/', StringComparison.Ordinal);
            IPAddress address = IPAddress.Parse(text[..slash]);
            int length = int.Parse(text[(slash + 1)..], CultureInfo.InvariantCulture)
                + (address.AddressFamily == AddressFamily.InterNetwork ? BitsV6 - BitsV4 : 0);
            return new Prefix(Bits(address), UInt128.MaxValue << (BitsV6 - length));
        }

        public bool Contains(UInt128 bits) => (bits & Mask) == First;
    }
}
