using System.Net;
using System.Text;

namespace Florin.Tests.Client;

/// <summary>A server that answers by a script and keeps what it was asked: for what a real one does too seldom.</summary>
internal sealed class ScriptedServer(params Func<HttpRequestMessage, HttpResponseMessage>[] script) : HttpMessageHandler
{
    public List<(HttpMethod Method, string Address, string? Key, string Body)> Requests { get; } = [];

    public static HttpResponseMessage Lose(HttpRequestMessage request) => throw new HttpRequestException("the connection was lost");

    public static Func<HttpRequestMessage, HttpResponseMessage> Answer(int status, string json, string? retryAfter = null) => _ =>
    {
        HttpResponseMessage response = new((HttpStatusCode)status)
        {
            Content = new StringContent(json, Encoding.UTF8, status == 202 || status >= 400 ? "application/problem+json" : "application/json"),
        };
        if (retryAfter is not null)
        {
            response.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
        }

        return response;
    };

    public static Func<HttpRequestMessage, HttpResponseMessage> Problem(int status, string code, string? retryAfter = null) =>
        Answer(status, $$"""{"type":"urn:florin:problem:{{code}}","title":"T","status":{{status}},"detail":"D","code":"{{code}}","request_id":"r-1"}""", retryAfter);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        Requests.Add((request.Method, request.RequestUri!.PathAndQuery, request.Headers.TryGetValues("Idempotency-Key", out var keys) ? keys.Single() : null, body));
        return script[Math.Min(Requests.Count, script.Length) - 1](request);
    }
}

/// <summary>A clock whose pauses are over at once and are written down; time-outs never come.</summary>
internal sealed class PausesOnly(TimeSpan timeout) : TimeProvider
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public List<TimeSpan> Pauses { get; } = [];

    public override DateTimeOffset GetUtcNow() => Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == timeout)
        {
            return System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);
        }

        Pauses.Add(dueTime);
        return System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
