using Florin.Client.Http;

namespace Florin.Client;

/// <summary>
/// The API of a Florin server. Thread-safe; make one and keep it. Calls that move money carry an idempotency key, made once for the call and kept over its
/// retries; calls whose repetition is safe are repeated on lost connections, 429, 5xx and 409 <c>idempotency_key_in_progress</c>.
/// </summary>
/// <remarks>Every call throws <see cref="FlorinProblemException"/> for a refusal and <see cref="FlorinConnectionException"/> when no answer came.</remarks>
public sealed partial class FlorinClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly bool _ownsHttp;

    /// <param name="http">The transport; <see langword="null"/> makes one that follows no redirects and keeps no cookies.</param>
    public FlorinClient(FlorinClientOptions options, HttpClient? http = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.AttemptsMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.AttemptsMax, 20);
        _ownsHttp = http is null;
        _http = http ?? new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = Timeout.InfiniteTimeSpan };
        Initialize(new Caller(_http, options));
    }

    /// <summary>Closes the transport that it made itself.</summary>
    public void Dispose()
    {
        if (_ownsHttp)
        {
            _http.Dispose();
        }
    }

    /// <summary>Makes the parts of the API, which are generated.</summary>
    private partial void Initialize(Caller caller);
}
