using System.Text.Json;
using Xunit;

namespace Florin.Tests.Server;

/// <summary>What every refusal of the API must look like.</summary>
internal static class Problem
{
    private static readonly string[] Members = ["type", "title", "detail", "code", "request_id"];

    public static async Task<JsonElement> AssertAsync(HttpResponseMessage response, int? status = null, string? code = null)
    {
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        string where = $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri}: {(int)response.StatusCode} {text}";
        Assert.True(response.Content.Headers.ContentType?.MediaType == "application/problem+json", where);
        JsonElement problem = JsonSerializer.Deserialize<JsonElement>(text);
        foreach (string member in Members)
        {
            Assert.True(problem.TryGetProperty(member, out JsonElement value) && value.GetString()!.Length > 0, where);
        }

        Assert.Equal((int)response.StatusCode, problem.GetProperty("status").GetInt32());
        if (status is not null)
        {
            Assert.True(status == (int)response.StatusCode, where);
        }

        if (code is not null)
        {
            Assert.True(code == problem.GetProperty("code").GetString(), where);
        }

        return problem;
    }
}
