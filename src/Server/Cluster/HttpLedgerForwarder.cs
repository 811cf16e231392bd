using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Florin.Ledger;
using Florin.Ledger.Cluster;

namespace Florin.Server.Cluster;

/// <summary>Forwards to the leader over HTTP: one request a call, under the token of the leader's term.</summary>
internal sealed class HttpLedgerForwarder : ILedgerForwarder, IDisposable
{
    /// <summary>Where the leader takes forwarded calls; not a part of the public API.</summary>
    public const string Path = "/internal/ledger/";

    public const string Scheme = "Florin-Term";

    /// <summary>The answer of a node that executed nothing: not the leader, or not in that term (RFC 9110, section 15.5.20).</summary>
    public const HttpStatusCode NotLeader = HttpStatusCode.MisdirectedRequest;

    private const int ConnectionsMax = 256;
    private const string MediaType = "application/json";

    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(2);

    // Shorter than the server keeps idle connections, so that none is used while the other side closes it.
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(60);

    private readonly LedgerJson _json;
    private readonly HttpClient _http;

    public HttpLedgerForwarder(LedgerJson json)
    {
        _json = json;
        SocketsHttpHandler handler = new()
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = ConnectPatience,
            MaxConnectionsPerServer = ConnectionsMax,
            PooledConnectionIdleTimeout = IdleTime,
        };

        // The caller's token is the limit.
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public async ValueTask<TAnswer> CallAsync<TRequest, TAnswer>(
        LedgerPeer peer, string operation, TRequest request, CancellationToken cancellationToken)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(request, _json.Request);
        using HttpRequestMessage message = new(HttpMethod.Post, new Uri(peer.Url, Path + operation))
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(MediaType) } },
        };
        message.Headers.Authorization = new AuthenticationHeaderValue(Scheme, peer.Token);
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return await ReadAsync<TAnswer>(response, cancellationToken);
        }
        catch (HttpRequestException exception) when (IsUnsent(exception))
        {
            throw new NotLeaderException("The leader of the ledger cannot be reached.", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new LedgerUnavailableException("The leader of the ledger did not answer; ask again by id.", exception);
        }
    }

    public void Dispose() => _http.Dispose();

    private async ValueTask<TAnswer> ReadAsync<TAnswer>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                await using (Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken))
                {
                    return (await JsonSerializer.DeserializeAsync<TAnswer>(stream, _json.Answer, cancellationToken))!;
                }

            case NotLeader:
                throw new NotLeaderException("The node that was asked does not lead the ledger in that term.");

            default:
                throw new LedgerUnavailableException($"The leader of the ledger answered {(int)response.StatusCode}; ask again by id.");
        }
    }

    /// <summary>No connection was made, so nothing can have arrived.</summary>
    private static bool IsUnsent(HttpRequestException exception) =>
        exception.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
        && exception.InnerException is SocketException;
}
