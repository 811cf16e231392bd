using System.Net.Http.Headers;
using Florin.Providers.Resilience;

namespace Florin.Providers.PayPal;

/// <summary>Speaks PayPal's HTTP: address, access token, request id; everything leaves through the provider's one pipeline.</summary>
internal sealed class PayPalClient(PayPalOptions options, PayPalTokens tokens, ProviderPipeline pipeline, TimeProvider timeProvider)
{
    private const int Unauthorised = 401;
    private const string JsonMediaType = "application/json";

    private readonly string _base = options.ApiBase.AbsoluteUri.TrimEnd('/');

    /// <summary>Prepares a request with an effect. The same arguments make the same bytes, at every repeat.</summary>
    /// <param name="requestId">The <c>PayPal-Request-Id</c>, or null where PayPal has another guard against doing it twice.</param>
    public PayPalCall Post(string operation, CallKind kind, string path, byte[] body, string? requestId, string mediaType = JsonMediaType)
        => Call(operation, kind, token =>
        {
            HttpRequestMessage request = Request(HttpMethod.Post, path, token);
            request.Content = new MarkedContent(body, mediaType);

            // The default answer is an id and a status: amounts are what we have to compare.
            request.Headers.TryAddWithoutValidation("Prefer", "return=representation");
            if (requestId is not null)
            {
                request.Headers.TryAddWithoutValidation("PayPal-Request-Id", requestId);
            }

            return request;
        });

    public PayPalCall Get(string operation, string path) => Call(operation, CallKind.Read, token => Request(HttpMethod.Get, path, token));

    /// <summary>Sends a call with a token. A token that is refused is dropped and the call sent once more: a 401 comes from before any effect.</summary>
    public async ValueTask<ProviderAttempt> SendAsync(PayPalCall call, CancellationToken cancellationToken)
    {
        ProviderAttempt attempt = await SendOnceAsync(call, cancellationToken);
        if (attempt is { Delivery: Delivery.Answered, Status: Unauthorised } && call.Token is { } refused)
        {
            tokens.Drop(refused);
            attempt = await SendOnceAsync(call, cancellationToken);
        }

        return attempt;
    }

    private async ValueTask<ProviderAttempt> SendOnceAsync(PayPalCall call, CancellationToken cancellationToken)
    {
        (call.Token, ProviderAttempt? failed) = await tokens.GetAsync(cancellationToken);

        // Without a token nothing leaves, whatever became of the request for one. Only "your client is refused" is told as it is.
        return failed is null ? await pipeline.ExecuteAsync(call.Call, cancellationToken)
            : failed is { Delivery: Delivery.Answered, Status: Unauthorised } ? failed
            : new ProviderAttempt(Delivery.Refused, $"no access token: {failed.Reason}") { RetryAfter = failed.RetryAfter, RequestId = failed.RequestId };
    }

    private PayPalCall Call(string operation, CallKind kind, Func<string, HttpRequestMessage> create)
        => new(operation, kind, create, timeProvider.GetTimestamp());

    private HttpRequestMessage Request(HttpMethod method, string path, string token)
    {
        HttpRequestMessage request = new(method, _base + path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(JsonMediaType));
        return request;
    }
}

/// <summary>A call, and the access token that its next attempt carries.</summary>
internal sealed class PayPalCall
{
    public PayPalCall(string operation, CallKind kind, Func<string, HttpRequestMessage> create, long startedAt)
        => Call = new ProviderCall(operation, kind, () => create(Token ?? string.Empty)) { StartedAt = startedAt };

    public ProviderCall Call { get; }

    public string? Token { get; set; }
}
