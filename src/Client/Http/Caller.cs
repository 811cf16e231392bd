using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Florin.Client.Http;

/// <summary>Makes calls, and makes them again where that is safe.</summary>
internal sealed class Caller(HttpClient http, FlorinClientOptions options)
{
    private const string KeyHeader = "Idempotency-Key";
    private const string InProgress = "idempotency_key_in_progress";
    private const int PauseDoublingsMax = 20;

    public async Task<T> SendAsync<T>(Call call, CancellationToken cancellationToken)
    {
        byte[] body = await ExchangeAsync(call, cancellationToken).ConfigureAwait(false);
        if (typeof(T) == typeof(string))
        {
            return (T)(object)System.Text.Encoding.UTF8.GetString(body);
        }

        return JsonSerializer.Deserialize<T>(body, FlorinJson.Options) ?? throw new JsonException("The answer is null.");
    }

    public Task SendAsync(Call call, CancellationToken cancellationToken) => ExchangeAsync(call, cancellationToken);

    /// <summary>All pages of a list, each asked for when the one before has been read.</summary>
    public static async IAsyncEnumerable<T> AllAsync<T>(
        Func<string?, Task<Page<T>>> page, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? cursor = null;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            Page<T> current = await page(cursor).ConfigureAwait(false);
            foreach (T item in current.Data)
            {
                yield return item;
            }

            cursor = current.NextCursor;
        }
        while (cursor is not null);
    }

    private async Task<byte[]> ExchangeAsync(Call call, CancellationToken cancellationToken)
    {
        string? key = call.MovesMoney ? call.Options?.IdempotencyKey ?? options.NewKey() : null;
        for (int attempt = 1; ; attempt++)
        {
            (byte[]? body, FlorinException? failure, bool mayHelp) = await TryAsync(call, key, cancellationToken).ConfigureAwait(false);
            if (body is not null)
            {
                return body;
            }

            TimeSpan? asked = (failure as FlorinProblemException)?.Problem.RetryAfter;
            if (!mayHelp || attempt == options.AttemptsMax || asked > options.PauseMax)
            {
                throw failure!;
            }

            await Task.Delay(Pause(attempt, asked), options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What the server asks for, or a random part of a time that doubles, whichever is longer.</summary>
    private TimeSpan Pause(int attempt, TimeSpan? asked)
    {
        long ticks = Math.Min(options.PauseMax.Ticks, options.PauseFirst.Ticks * (1L << Math.Min(attempt - 1, PauseDoublingsMax)));
        TimeSpan pause = new((long)(ticks * (Int128)options.Jitter() / FlorinClientOptions.JitterMax));
        return asked > pause ? asked.Value : pause;
    }

    /// <returns>The body of a success; else the failure, and whether the same call may end better.</returns>
    private async Task<(byte[]? Body, FlorinException? Failure, bool MayHelp)> TryAsync(Call call, string? key, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(call.Method, new Uri(options.BaseAddress, call.Address));
        if (options.Credentials is { } credentials)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await credentials(cancellationToken).ConfigureAwait(false));
        }

        if (key is not null)
        {
            request.Headers.Add(KeyHeader, key);
        }

        if (call.Body is not null)
        {
            request.Content = JsonContent.Create(call.Body, call.Body.GetType(), options: FlorinJson.Options);
        }

        using CancellationTokenSource timeout = new(options.AttemptTimeout, options.TimeProvider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            byte[] body = await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
            if (response.IsSuccessStatusCode && !ProblemReader.IsProblem(response))
            {
                return (body, null, false);
            }

            FlorinProblemException problem = ProblemReader.Read(response, body, key, options.TimeProvider);
            return (null, problem, MayHelp(call, response.StatusCode, problem.Code));
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException || (lost is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The request may have arrived and taken effect, or not: with the same key both end the same.
            return (null, new FlorinConnectionException("No answer came.", key, lost), call.IsRepeatable);
        }
    }

    private static bool MayHelp(Call call, HttpStatusCode status, string code) => status switch
    {
        // Refused before it had an effect, whatever it is.
        HttpStatusCode.TooManyRequests => true,
        HttpStatusCode.Conflict => code == InProgress,
        >= HttpStatusCode.InternalServerError => call.IsRepeatable,
        _ => false,
    };
}
