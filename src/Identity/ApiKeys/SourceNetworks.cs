using System.Net;

namespace Florin.Identity.ApiKeys;

/// <summary>CIDR blocks (RFC 4632, RFC 4291) from which a key may be used.</summary>
internal static class SourceNetworks
{
    /// <summary>Whether the text is a block whose host bits are zero: <c>10.0.0.1/8</c> is more likely a mistake than a wish.</summary>
    public static bool IsNetwork(string? text)
    {
        int slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        return slash > 0
            && IPNetwork.TryParse(text, out IPNetwork network)
            && IPAddress.TryParse(text.AsSpan(0, slash), out IPAddress? written)
            && network.BaseAddress.Equals(written);
    }

    /// <param name="networks">As stored, each checked by <see cref="IsNetwork"/>; empty for everywhere.</param>
    public static bool Allow(IReadOnlyCollection<string> networks, IPAddress? source)
    {
        if (networks.Count == 0)
        {
            return true;
        }

        if (source is null)
        {
            return false;
        }

        // A dual-stack listener shows IPv4 callers as ::ffff:a.b.c.d.
        IPAddress address = source.IsIPv4MappedToIPv6 ? source.MapToIPv4() : source;
        return networks.Any(network => IPNetwork.Parse(network).Contains(address));
    }
}
