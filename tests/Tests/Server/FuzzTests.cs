using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Florin.Tests.Support;
using Npgsql;
using Xunit;

namespace Florin.Tests.Server;

/// <summary>Bad input to every endpoint of the API document: always a problem document with a status below 500, and nothing is changed.</summary>
public sealed class FuzzTests
{
    private const int RandomBodiesPerEndpoint = 25;

    private static readonly string[] BadValues =
    [
        "null", "true", "false", "0", "-1", "1e400", "-0.0", "123456789012345678901234567890123456789012345678901234567890123456789012", "\"\"", "\" \"",
        "\"\\u0000\"", "\"\\ud800\"", "\"\\n\"", "[]", "[[]]", "{}", "{\"a\":{\"b\":[1]}}", "\"' or 1=1 --\"", "\"../../etc/passwd\"", "\"<script>\"",
        "\"10.999\"", "\"1e2\"", "\"-5\"", "\"NaN\"", "\"\u202Eabc\"", "\"00000000-0000-0000-0000-000000000000\"", "\"usd\"", "9223372036854775808",
    ];

    [Fact]
    public async Task Bad_input_to_every_endpoint_is_a_problem_and_changes_nothing()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using ServerProcess server = await ServerProcess.StartAsync(database.OwnerUrl);
        (_, _, string userToken) = await server.CreateUserAsync();
        JsonElement document = await server.GetAsync("/openapi.json");
        Dictionary<string, long> before = await CountRowsAsync(database);
        string trialBefore = (await server.GetAsync("/ledger/trial-balance", server.AdminApiKey)).GetRawText();

        int sent = 0;
        foreach (Endpoint endpoint in Endpoint.All(document))
        {
            string? token = endpoint.Scheme switch { "user" => userToken, "api_key" => server.AdminApiKey, _ => null };
            foreach (HttpRequestMessage request in endpoint.BadRequests(new Random(endpoint.Path.Length), token))
            {
                using (request)
                {
                    using HttpResponseMessage response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
                    await AssertRefusedAsync(endpoint, response);
                    sent++;
                }
            }
        }

        Assert.True(sent > 1_000, $"only {sent} requests");
        Assert.Equal(before, await CountRowsAsync(database));
        Assert.Equal(trialBefore, (await server.GetAsync("/ledger/trial-balance", server.AdminApiKey)).GetRawText());
    }

    private static async Task AssertRefusedAsync(Endpoint endpoint, HttpResponseMessage response)
    {
        string where = $"{endpoint.Method} {response.RequestMessage!.RequestUri} → {(int)response.StatusCode}";
        Assert.True((int)response.StatusCode < 500, where + await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        if (response.RequestMessage.RequestUri!.OriginalString.Contains("%00", StringComparison.Ordinal) && response.StatusCode == HttpStatusCode.BadRequest)
        {
            // Not a path at all: the HTTP parser itself refuses it, before any of our code, and closes the connection.
            return;
        }

        if ((int)response.StatusCode >= 400)
        {
            await Problem.AssertAsync(response);
        }
        else
        {
            // Reads that ignore a body, and a logout of nobody, may succeed.
            Assert.True(endpoint.Method == HttpMethod.Get || response.StatusCode == HttpStatusCode.NoContent, where);
        }
    }

    private static async Task<Dictionary<string, long>> CountRowsAsync(TestDatabase database)
    {
        Dictionary<string, long> counts = [];
        List<string> tables = [];
        await using (NpgsqlCommand command = database.Owner.CreateCommand(
            "select schemaname || '.' || tablename from pg_tables where schemaname in ('ledger', 'flows', 'identity', 'wallets') order by 1"))
        await using (NpgsqlDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken))
        {
            while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            {
                tables.Add(reader.GetString(0));
            }
        }

        // Remembered on purpose and no business fact: failed logins, how far a provider's list was read, and that a user whose funding source the
        // provider refused is known there.
        string[] bookkeeping = ["throttle", "login", "pull_cursor", "provider_customer"];
        foreach (string table in tables.Where(table => !bookkeeping.Any(word => table.Contains(word, StringComparison.Ordinal))))
        {
            string filter = table == "flows.inbound_event" ? " where type not like 'customer.%'" : "";
            counts[table] = await database.QueryAsync<long>($"select count(*) from {table}{filter}");
        }

        return counts;
    }

    /// <summary>One operation of the API document.</summary>
    private sealed record Endpoint(HttpMethod Method, string Path, string? Scheme, bool NeedsKey, string[] Fields)
    {
        public static IEnumerable<Endpoint> All(JsonElement document)
        {
            foreach (JsonProperty path in document.GetProperty("paths").EnumerateObject())
            {
                foreach (JsonProperty operation in path.Value.EnumerateObject())
                {
                    string? scheme = operation.Value.TryGetProperty("security", out JsonElement security)
                        ? security.EnumerateArray().First().EnumerateObject().First().Name
                        : null;
                    bool needsKey = operation.Value.GetProperty("responses").TryGetProperty("202", out _);
                    yield return new Endpoint(new HttpMethod(operation.Name.ToUpperInvariant()), path.Name, scheme, needsKey, FieldsOf(document, operation.Value));
                }
            }
        }

        public IEnumerable<HttpRequestMessage> BadRequests(Random random, string? token)
        {
            foreach (string segment in (string[])["x", "%00", "..%2f", "%ff", new string('9', 12), new string('a', 2_000), "00000000-0000-0000-0000-000000000000", "%F0%9F%92%B0"])
            {
                if (Path.Contains('{', StringComparison.Ordinal))
                {
                    yield return Request(token, Body("{}"), segment);
                }
            }

            if (Method == HttpMethod.Get)
            {
                foreach (string query in (string[])["limit=-1", "limit=99999999999999999999", "cursor=%00", "cursor=x", "x=1", "limit=1&limit=1", "prefix=%ff%fe", "=", "%", "status=%F0%9F%92%B0"])
                {
                    yield return Request(token, null, "x", "?" + query);
                }

                yield break;
            }

            foreach (HttpContent content in Bodies(random))
            {
                yield return Request(token, content, "00000000-0000-0000-0000-000000000000");
            }

            yield return Request(token, null, "x");
            yield return Request("no token", Body("{}"), "x");
            yield return Request("flk_000000000000_00000000000000000000000000000000000000000000", Body("{}"), "x");
        }

        private IEnumerable<HttpContent> Bodies(Random random)
        {
            foreach (string raw in (string[])["", " ", "{", "}", "[]", "1", "null", "\"a\"", "{\"a\":1,\"a\":2}", "{\"unknown\":1}", "{}x", "{\"a\":1}{\"b\":2}", "\uFEFF{}", "{\"\\ud800\":1}", new string('[', 5_000), new string(' ', 100_000), "{\"a\":\"" + new string('x', 2_000_000) + "\"}"])
            {
                yield return Body(raw);
            }

            foreach (string type in (string[])["text/plain", "application/xml", "application/json; charset=utf-7", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
            {
                yield return Body("{}", type);
            }

            yield return Body(Encoding.Unicode.GetBytes("{}"));
            yield return Body([(byte)'{', (byte)'"', 0xC0, 0x80, (byte)'"', (byte)':', (byte)'1', (byte)'}']);
            yield return Body([0xFF, 0xFE, 0x00]);

            // Each field wrong by itself while the others are plausible, and mixtures of everything.
            foreach (string field in Fields)
            {
                foreach (string bad in BadValues)
                {
                    yield return Body(ObjectOf(name => name == field ? bad : "\"x\""));
                }

                yield return Body(ObjectOf(name => name == field ? null : "\"x\""));
            }

            for (int count = 0; count < RandomBodiesPerEndpoint && Fields.Length > 0; count++)
            {
                yield return Body(ObjectOf(_ => BadValues[random.Next(BadValues.Length)]));
            }
        }

        private string ObjectOf(Func<string, string?> value) => "{" + string.Join(',', Fields
            .Select(name => (Name: name, Value: value(name)))
            .Where(field => field.Value is not null)
            .Select(field => $"{JsonValue.Create(field.Name)!.ToJsonString()}:{field.Value}")) + "}";

        private HttpRequestMessage Request(string? token, HttpContent? content, string segment, string query = "")
        {
            string path = System.Text.RegularExpressions.Regex.Replace(Path, "\\{[a-z_]+\\}", segment);
            HttpRequestMessage request = new(Method, path + query) { Content = content };
            if (token is not null)
            {
                request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
            }

            if (NeedsKey)
            {
                request.Headers.TryAddWithoutValidation("Idempotency-Key", "fuzz");
            }

            return request;
        }

        private static ByteArrayContent Body(string text, string type = "application/json") => Body(Encoding.UTF8.GetBytes(text), type);

        private static ByteArrayContent Body(byte[] bytes, string type = "application/json")
        {
            ByteArrayContent content = new(bytes);
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
            return content;
        }

        private static string[] FieldsOf(JsonElement document, JsonElement operation)
        {
            if (!operation.TryGetProperty("requestBody", out JsonElement body))
            {
                return [];
            }

            JsonElement schema = body.GetProperty("content").GetProperty("application/json").GetProperty("schema");
            if (schema.TryGetProperty("$ref", out JsonElement reference))
            {
                schema = document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]);
            }

            // An object that takes no fields has none to break.
            return schema.TryGetProperty("properties", out JsonElement properties) ? [.. properties.EnumerateObject().Select(property => property.Name)] : [];
        }
    }
}
