using System.Net.Http.Headers;
using System.Text;
using Florin.Providers.Resilience;

namespace Florin.Providers.Stripe;

/// <summary>Speaks Stripe's HTTP: address, key, version, idempotency key; everything leaves through the provider's one pipeline.</summary>
internal sealed class StripeClient(StripeOptions options, ProviderPipeline pipeline, TimeProvider timeProvider)
{
    private const string FormMediaType = "application/x-www-form-urlencoded";

    private readonly string _base = options.ApiBase.AbsoluteUri.TrimEnd('/');
    private readonly AuthenticationHeaderValue _authorization = new("Bearer", options.SecretKey);

    /// <summary>Prepares a request with an effect. The same arguments make the same bytes, at every repeat.</summary>
    public ProviderCall Post(string operation, CallKind kind, string path, StripeForm form, string idempotencyKey)
    {
        StripeIds.RequireKey(idempotencyKey);
        byte[] body = Encoding.UTF8.GetBytes(form.ToString());
        return Call(operation, kind, () =>
        {
            HttpRequestMessage request = Request(HttpMethod.Post, path);
            request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
            request.Content = new MarkedContent(body, FormMediaType);
            return request;
        });
    }

    public ProviderCall Get(string operation, string path, StripeForm? query = null)
    {
        string target = query is null ? path : $"{path}?{query}";
        return Call(operation, CallKind.Read, () => Request(HttpMethod.Get, target));
    }

    public ValueTask<ProviderAttempt> SendAsync(ProviderCall call, CancellationToken cancellationToken) => pipeline.ExecuteAsync(call, cancellationToken);

    private ProviderCall Call(string operation, CallKind kind, Func<HttpRequestMessage> create)
        => new(operation, kind, create) { StartedAt = timeProvider.GetTimestamp() };

    private HttpRequestMessage Request(HttpMethod method, string pathAndQuery)
    {
        HttpRequestMessage request = new(method, _base + pathAndQuery);
        request.Headers.Authorization = _authorization;
        request.Headers.Add("Stripe-Version", StripeOptions.ApiVersion);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        return request;
    }
}
