using System.Net.Http.Headers;
using System.Text.Json;
using Florin.Server.Http;

namespace Florin.Server.Tour;

/// <summary>Something did not go as the tour was promised.</summary>
internal sealed class TourException(string message) : Exception(message);

/// <summary>An answer of the public API.</summary>
internal sealed record TourAnswer(int Status, JsonElement Body, bool IsReplayed)
{
    public string Text(string name) => Body.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
        ? value.GetString()!
        : throw new TourException($"the answer ({Status}) has no {name}");

    /// <summary>The code of a problem document, or empty.</summary>
    public string Code => Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty("code", out JsonElement code) ? code.GetString() ?? "" : "";
}

/// <summary>The public API over HTTP, as any client has it.</summary>
internal sealed class TourApi(string url, TimeProvider timeProvider) : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly HttpClient _http = new() { BaseAddress = new Uri(url), Timeout = TimeSpan.FromSeconds(60) };

    public void Dispose() => _http.Dispose();

    public Task<TourAnswer> GetAsync(string path, string token, CancellationToken stop) => SendAsync(HttpMethod.Get, path, token, null, null, stop);

    /// <exception cref="TourException">Another status than the expected one.</exception>
    public async Task<TourAnswer> PostAsync(
        string path, string? token, object body, int expectedStatus, CancellationToken stop, string? idempotencyKey = null)
    {
        TourAnswer answer = await SendAsync(HttpMethod.Post, path, token, body, idempotencyKey, stop);
        return answer.Status == expectedStatus
            ? answer
            : throw new TourException($"POST {path} answered {answer.Status} {answer.Code} instead of {expectedStatus}");
    }

    /// <summary>Asks until the status is the wanted one.</summary>
    /// <exception cref="TourException">It was not within 90 seconds.</exception>
    public async Task<TourAnswer> WaitForStatusAsync(string path, string token, string status, CancellationToken stop)
    {
        long start = timeProvider.GetTimestamp();
        while (true)
        {
            TourAnswer answer = await GetAsync(path, token, stop);
            if (answer.Text("status") == status)
            {
                return answer;
            }

            if (timeProvider.GetElapsedTime(start) > Patience)
            {
                throw new TourException($"{path} is {answer.Text("status")} instead of {status} after {Patience.TotalSeconds:0} seconds");
            }

            await Task.Delay(PollInterval, timeProvider, stop);
        }
    }

    private async Task<TourAnswer> SendAsync(
        HttpMethod method, string path, string? token, object? body, string? idempotencyKey, CancellationToken stop)
    {
        using HttpRequestMessage request = new(method, path);
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (idempotencyKey is not null)
        {
            request.Headers.Add(IdempotencyKey.Header, idempotencyKey);
        }

        request.Content = body is null ? null : JsonContent.Create(body, options: JsonConventions.Options);
        using HttpResponseMessage response = await _http.SendAsync(request, stop);
        byte[] bytes = await response.Content.ReadAsByteArrayAsync(stop);
        JsonElement json = bytes.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(bytes);
        return new TourAnswer((int)response.StatusCode, json, response.Headers.Contains("Idempotent-Replayed"));
    }
}
