using System.Net;
using System.Net.Sockets;

namespace Florin.Flows.Outbound;

/// <summary>The address of an endpoint is not one that may be called.</summary>
internal sealed class AddressRefusedException(string message) : IOException(message);

/// <summary>Opens connections to public addresses only. What was resolved and checked is what is dialled; a name that changes its mind gains nothing.</summary>
internal sealed class GuardedConnections(ResolveHost resolve, bool allowsLoopback)
{
    private const int UrlLengthMax = 2048;

    /// <summary>Looks at an address before it is accepted.</summary>
    /// <returns>Why it is refused, or <see langword="null"/>.</returns>
    public async ValueTask<string?> CheckAsync(Uri url, CancellationToken cancellationToken)
    {
        bool isSchemeAllowed = url.IsAbsoluteUri && (url.Scheme == Uri.UriSchemeHttps || (allowsLoopback && url.Scheme == Uri.UriSchemeHttp));
        if (!isSchemeAllowed)
        {
            return "must be an absolute https address";
        }

        if (url.UserInfo.Length > 0 || url.Fragment.Length > 0 || url.OriginalString.Length > UrlLengthMax)
        {
            return $"must have neither user nor fragment, and at most {UrlLengthMax} characters";
        }

        try
        {
            await ResolveAsync(url.IdnHost, cancellationToken);
            return null;
        }
        catch (AddressRefusedException)
        {
            return "must not lead to a loopback, private, link-local or otherwise special address";
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            return "must have a host that can be found";
        }
    }

    /// <summary>The handler that all deliveries go through: no proxy, no cookies, no redirects, bounded answers.</summary>
    public SocketsHttpHandler CreateHandler(TimeSpan connectTimeout) => new()
    {
        ConnectCallback = ConnectAsync,
        ConnectTimeout = connectTimeout,
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        Credentials = null,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        MaxResponseHeadersLength = 16,
        MaxResponseDrainSize = 16 * 1024,
        ResponseDrainTimeout = TimeSpan.FromSeconds(1),
    };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = await ResolveAsync(context.DnsEndPoint.Host, cancellationToken);
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>One address that is not allowed condemns the name: nobody mixes them in good faith.</summary>
    private async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? literal) ? [literal] : await resolve(host, cancellationToken);
        return addresses.Length > 0 && addresses.All(address => PublicAddress.IsAllowed(address, allowsLoopback))
            ? addresses
            : throw new AddressRefusedException("The endpoint's host leads to an address that must not be called.");
    }
}
