using System.Globalization;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;

namespace Florin.Providers.Resilience;

/// <summary>Sends one attempt and turns whatever happens into evidence. The only place that touches a provider's socket.</summary>
/// <remarks>
/// The caller's token is honoured until the request may have left; a read is given up at any moment, a request with an effect runs to its answer or to
/// its own deadline, because giving up on it is an outcome, not a cancellation.
/// </remarks>
internal sealed class ProviderTransport(string provider, HttpClient http, ResilienceOptions options, TimeProvider timeProvider, ILogger logger)
{
    private const string RequestIdHeader = "Request-Id";
    private const string DebugIdHeader = "Paypal-Debug-Id";
    private const string ShouldRetryHeader = "Stripe-Should-Retry";

    public async ValueTask<ProviderAttempt> SendAsync(ProviderCall call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        long started = timeProvider.GetTimestamp();
        using HttpRequestMessage request = call.CreateRequest();
        using CancellationTokenSource deadline = new(options.AttemptTimeout, timeProvider);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(
            deadline.Token, call.Kind == CallKind.Read ? cancellationToken : CancellationToken.None);

        BoundedBody body = new(options.ResponseBytesMax);
        ProviderAttempt attempt;
        try
        {
            attempt = await ReceiveAsync(request, body, linked.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            attempt = Failed(request, body, $"no answer within {options.AttemptTimeout.TotalSeconds:0.#} s");
        }
        catch (OperationCanceledException exception) when (exception.InnerException is TimeoutException)
        {
            attempt = Failed(request, body, $"no connection within {options.ConnectTimeout.TotalSeconds:0.#} s");
        }
        catch (HttpRequestException exception)
        {
            attempt = Failed(request, body, $"connection failed: {exception.HttpRequestError}");
        }
        catch (IOException exception)
        {
            attempt = Failed(request, body, $"connection lost: {exception.GetType().Name}");
        }

        call.Record(attempt);
        double elapsedMs = timeProvider.GetElapsedTime(started).TotalMilliseconds;
        ProviderLog.Attempt(logger, provider, call.Operation, attempt.Delivery, attempt.Status, attempt.RequestId, elapsedMs);
        return attempt;
    }

    private async ValueTask<ProviderAttempt> ReceiveAsync(HttpRequestMessage request, BoundedBody body, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        bool whole = await body.ReadAsync(response.Content, cancellationToken);
        int status = (int)response.StatusCode;
        return new ProviderAttempt(Delivery.Answered, string.Create(CultureInfo.InvariantCulture, $"HTTP {status}"))
        {
            Status = status,
            Body = body.Bytes,
            BodyIsWhole = whole,
            RequestId = Header(response, RequestIdHeader) ?? Header(response, DebugIdHeader),
            RetryAfter = RetryAfter(response.Headers.RetryAfter),
            ShouldRetry = bool.TryParse(Header(response, ShouldRetryHeader), out bool shouldRetry) ? shouldRetry : null,
        };
    }

    /// <summary>A read without an answer is simply lost; a request with a body is unreachable as long as none of its body was written.</summary>
    private static ProviderAttempt Failed(HttpRequestMessage request, BoundedBody body, string reason)
    {
        bool left = request.Content is not MarkedContent { Started: false };
        return new ProviderAttempt(left ? Delivery.Lost : Delivery.Unreachable, reason) { Body = body.Bytes };
    }

    private static string? Header(HttpResponseMessage response, string name)
        => response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.FirstOrDefault() : null;

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header)
    {
        TimeSpan? wait = header?.Delta ?? header?.Date - timeProvider.GetUtcNow();
        return wait is { } value && value > TimeSpan.Zero ? value : null;
    }
}
