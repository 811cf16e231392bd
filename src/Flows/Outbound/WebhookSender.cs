using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Florin.Flows.Runner;

namespace Florin.Flows.Outbound;

/// <summary>What an attempt brought.</summary>
/// <param name="Status">The HTTP status; <see langword="null"/> when there was no answer.</param>
/// <param name="Error">A stable word; <see langword="null"/> when the receiver took the event.</param>
/// <param name="RetryAfter">How long the receiver asks to be left alone.</param>
internal readonly record struct SendResult(int? Status, string? Error, TimeSpan? RetryAfter = null)
{
    public bool IsGone => Status == (int)HttpStatusCode.Gone;
}

/// <summary>Makes one attempt: signs the stored bytes anew, posts them, and looks at the status alone.</summary>
internal sealed class WebhookSender(EventParts parts, GuardedConnections connections) : IDisposable
{
    private readonly HttpClient http = new(connections.CreateHandler(parts.Options.ConnectTimeout)) { Timeout = Timeout.InfiniteTimeSpan };

    public async Task<SendResult> SendAsync(ClaimedDelivery delivery, CancellationToken stop)
    {
        using CancellationTokenSource timeout = new(parts.Options.AttemptTimeout, parts.TimeProvider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stop);
        try
        {
            using HttpRequestMessage request = Request(delivery);

            // The body of the answer is never read: it may be endless, and may hold what is not ours to keep.
            using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            int status = (int)response.StatusCode;
            return new SendResult(status, Error(status), RetryAfter(response));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new SendResult(null, "timeout");
        }
        catch (CryptographicException)
        {
            return new SendResult(null, "secret_unreadable");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return new SendResult(null, exception is AddressRefusedException || exception.InnerException is AddressRefusedException
                ? "address_refused"
                : "connection_failed");
        }
    }

    public void Dispose() => http.Dispose();

    private HttpRequestMessage Request(ClaimedDelivery delivery)
    {
        byte[] body = Encoding.UTF8.GetBytes(delivery.Event.Body);
        long time = parts.TimeProvider.GetUtcNow().ToUnixTimeSeconds();
        string context = delivery.EndpointId.ToString();
        ImmutableArray<byte[]> secrets = [.. delivery.Secrets.Select(secret => parts.Secrets.Open(secret, context))];
        HttpRequestMessage request = new(HttpMethod.Post, delivery.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Florin", "1"));
        request.Headers.Add("webhook-id", delivery.Event.Id);
        request.Headers.Add("webhook-timestamp", time.ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation("webhook-signature", WebhookSignature.Header(secrets, delivery.Event.Id, time, body));
        if (delivery.IsReplayed)
        {
            request.Headers.Add("florin-replay", "true");
        }

        return request;
    }

    private static string? Error(int status) => status switch
    {
        >= 200 and < 300 => null,
        >= 300 and < 400 => "redirect_not_followed",
        (int)HttpStatusCode.Gone => "gone",
        _ => "refused",
    };

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        RetryConditionHeaderValue? header = response.Headers.RetryAfter;
        TimeSpan? asked = header?.Delta ?? (header?.Date is { } date ? date - parts.TimeProvider.Now() : null);
        return asked is { } time && time > TimeSpan.Zero ? (time < parts.Options.PauseMax ? time : parts.Options.PauseMax) : null;
    }
}
