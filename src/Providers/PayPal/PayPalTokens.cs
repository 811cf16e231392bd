using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.PayPal;

/// <summary>Keeps one access token and fetches the next at 80 % of its life; one fetch at a time. Thread-safe.</summary>
internal sealed class PayPalTokens(PayPalOptions options, ProviderPipeline pipeline, TimeProvider timeProvider) : IDisposable
{
    private const string FormMediaType = "application/x-www-form-urlencoded";
    private const long LifeMinSeconds = 1;
    private const long LifeMaxSeconds = 30 * 86_400;

    private static readonly byte[] Form = "grant_type=client_credentials"u8.ToArray();

    private readonly SemaphoreSlim _turn = new(1);
    private readonly AuthenticationHeaderValue _basic =
        new("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{options.ClientId}:{options.ClientSecret}")));

    private Token? _token;

    /// <summary>The token, or the attempt that failed to fetch it.</summary>
    public async ValueTask<(string? Token, ProviderAttempt? Failed)> GetAsync(CancellationToken cancellationToken)
    {
        if (Current() is { } kept)
        {
            return (kept, null);
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            return Current() is { } fetched ? (fetched, null) : await FetchAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Forgets a token that was refused, unless another has taken its place.</summary>
    public void Drop(string token)
    {
        Token? kept = Volatile.Read(ref _token);
        if (kept?.Value == token)
        {
            Interlocked.CompareExchange(ref _token, null, kept);
        }
    }

    public void Dispose() => _turn.Dispose();

    private string? Current() => Volatile.Read(ref _token) is { } token && timeProvider.GetElapsedTime(token.FetchedAt) < token.UsedFor ? token.Value : null;

    private async ValueTask<(string? Token, ProviderAttempt? Failed)> FetchAsync(CancellationToken cancellationToken)
    {
        long asked = timeProvider.GetTimestamp();
        ProviderCall call = new("token", CallKind.Read, CreateRequest) { StartedAt = asked };
        ProviderAttempt attempt = await pipeline.ExecuteAsync(call, cancellationToken);
        if (!attempt.IsSuccess || !attempt.BodyIsWhole || Read(attempt.Body, asked) is not { } token)
        {
            return (null, attempt);
        }

        Volatile.Write(ref _token, token);
        return (token.Value, null);
    }

    private HttpRequestMessage CreateRequest()
    {
        HttpRequestMessage request = new(HttpMethod.Post, options.ApiBase.AbsoluteUri.TrimEnd('/') + "/v1/oauth2/token")
        {
            Content = new MarkedContent(Form, FormMediaType),
        };
        request.Headers.Authorization = _basic;
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        return request;
    }

    private static Token? Read(ReadOnlyMemory<byte> body, long asked)
    {
        if (!ProviderJson.TryParse(body, out JsonDocument? document))
        {
            return null;
        }

        using (document)
        {
            JsonElement root = document.RootElement;
            return root.Text("access_token") is { Length: > 0 } value && value.All(c => c is > ' ' and < (char)0x7F)
                && root.Integer("expires_in") is >= LifeMinSeconds and <= LifeMaxSeconds and { } seconds
                ? new Token(value, asked, TimeSpan.FromSeconds(seconds) * 4 / 5)
                : null;
        }
    }

    /// <param name="FetchedAt">A timestamp from before the request, so that the token is never thought younger than it is.</param>
    private sealed record Token(string Value, long FetchedAt, TimeSpan UsedFor);
}
