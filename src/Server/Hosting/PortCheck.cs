using System.Net;
using System.Net.Sockets;
using Florin.Server.Configuration;

namespace Florin.Server.Hosting;

/// <summary>Looks at the listening address before anything is started, so that a taken port costs nothing and says so.</summary>
internal static class PortCheck
{
    public const int PortMax = 65_535;

    /// <param name="setting">Where the address stands.</param>
    /// <param name="option">What chooses another port.</param>
    /// <exception cref="ConfigurationRefusedException">The address is not one that can be listened on, or its port is taken.</exception>
    public static Uri RequireFree(string text, string setting, string option)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || url.Scheme != Uri.UriSchemeHttp || url.AbsolutePath != "/")
        {
            throw new ConfigurationRefusedException($"{setting} must be like http://127.0.0.1:8080, and is not.");
        }

        IPAddress address = url.IsLoopback && url.HostNameType == UriHostNameType.Dns ? IPAddress.Loopback
            : IPAddress.TryParse(url.Host.Trim('[', ']'), out IPAddress? parsed) ? parsed
            : throw new ConfigurationRefusedException($"{setting} must name an IP address of this machine, or localhost.");
        try
        {
            using Socket probe = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);

            // As the server itself binds: a port whose last connections are still closing is free.
            probe.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            probe.Bind(new IPEndPoint(address, url.Port));
            probe.Listen(1);
        }
        catch (SocketException exception)
        {
            throw new ConfigurationRefusedException(
                exception.SocketErrorCode == SocketError.AddressAlreadyInUse
                    ? TakenMessage(url, option)
                    : $"The server cannot listen on {url.Host}:{url.Port} ({exception.SocketErrorCode}).");
        }

        return url;
    }

    public static string TakenMessage(Uri url, string option) => $"Port {url.Port} is taken by another program: choose another one with {option}.";
}
