using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Florin.Tests.Faults;
using Florin.Tests.Support;
using Npgsql;
using Xunit;

namespace Florin.Tests.Subscriptions;

/// <summary>
/// The real server, whose time of day follows the sandbox's clock, and the judges of its billing: the sandbox's record of charges, and SQL over the tables.
/// </summary>
public class BillingWorld : IAsyncLifetime
{
    private const string SandboxKey = "sk_test_florinsandbox";

    /// <summary>Seconds beyond an instant, so that the server, which is up to one behind the sandbox, has passed it.</summary>
    private const int Beyond = 2;

    private readonly string _afterDunning;
    private int _keys;

    public BillingWorld()
        : this("canceled")
    {
    }

    protected BillingWorld(string afterDunning) => _afterDunning = afterDunning;

    public TestDatabase Database { get; private set; } = null!;

    public SandboxProcess Sandbox { get; private set; } = null!;

    public ServerProcess Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Database = await TestDatabase.CreateAsync();
        Sandbox = await SandboxProcess.StartAsync("--secret-key", SandboxKey);
        Server = await ServerProcess.StartAsync(Database.OwnerUrl, new Dictionary<string, string>
        {
            ["FLORIN__SANDBOX__URL"] = Sandbox.Url.ToString(),
            ["FLORIN__SANDBOX__FOLLOW_CLOCK"] = "true",
            ["FLORIN__SUBSCRIPTIONS__AFTER_DUNNING"] = _afterDunning,
            ["FLORIN__STRIPE__TIMEOUT_SECONDS"] = "2",
            ["FLORIN__WALLETS__POLL_FIRST_SECONDS"] = "1",
            ["FLORIN__FLOWS__PULL_SECONDS"] = "3600",
            ["FLORIN__FLOWS__LEASE_SECONDS"] = "3",
            ["FLORIN__LEDGER__LEASE_MS"] = "1000",
        });
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Sandbox.DisposeAsync();
        await Database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    public string NewKey() => $"key-{Interlocked.Increment(ref _keys)}";

    /// <summary>The sandbox's time.</summary>
    public async Task<DateTimeOffset> NowAsync()
    {
        JsonElement clock = JsonSerializer.Deserialize<JsonElement>(await Sandbox.Http.GetStringAsync(new Uri("/_sandbox/clock", UriKind.Relative)));
        return DateTimeOffset.FromUnixTimeSeconds(clock.GetProperty("now").GetInt64());
    }

    /// <summary>Moves all clocks beyond an instant and waits until everything that is due then is done.</summary>
    public async Task AdvanceToAsync(DateTimeOffset at)
    {
        TimeSpan by = at - await NowAsync();
        await Sandbox.AdvanceAsync(by > TimeSpan.Zero ? by + TimeSpan.FromSeconds(Beyond) : TimeSpan.Zero);
        await QuietAsync(at);
    }

    /// <summary>Waits until nothing is due or under way.</summary>
    /// <param name="passed">What the server's clock must have passed.</param>
    public async Task QuietAsync(DateTimeOffset passed)
    {
        await Eventually.GetAsync(ServerNowAsync, now => now >= passed, "the server's clock");
        await Eventually.GetAsync(
            async () => await Database.QueryAsync<long>(
                $"select count(*) from flows.flow where parked_reason is null and (lease is not null or due_at <= '{await NowAsync():O}')"),
            busy => busy == 0,
            "flows that are due");
    }

    /// <summary>A card that is stored with a customer of the provider's and is good until the end of a month.</summary>
    public async Task<string> CardAsync(DateTimeOffset goodUntil)
    {
        string customer = await CreateAsync("customers", []);
        string card = await CreateAsync("payment_methods", new Dictionary<string, string>
        {
            ["type"] = "card",
            ["card[number]"] = "4242424242424242",
            ["card[exp_month]"] = goodUntil.UtcDateTime.Month.ToString(CultureInfo.InvariantCulture),
            ["card[exp_year]"] = goodUntil.UtcDateTime.Year.ToString(CultureInfo.InvariantCulture),
        });
        await CreateAsync($"payment_methods/{card}/attach", new Dictionary<string, string> { ["customer"] = customer });
        return $"{customer}/{card}";
    }

    /// <summary>Does something at the provider and gives the id of what came of it.</summary>
    private async Task<string> CreateAsync(string path, Dictionary<string, string> form)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, $"/stripe/v1/{path}") { Content = new FormUrlEncodedContent(form) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", SandboxKey);
        using HttpResponseMessage answer = await Sandbox.Http.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize<JsonElement>(text).GetProperty("id").GetString()!;
    }

    /// <summary>The types of the events about things of an owner that have this kind of object, in order.</summary>
    public async Task<string[]> EventsAsync(string owner, string kind)
    {
        // Numbers are given after the change.
        await Eventually.GetAsync(() => Database.QueryAsync<long>("select count(*) from flows.outbox"), waiting => waiting == 0, "events without a number");
        string[][] rows = await RowsAsync($"select type from flows.event where owner_id = '{owner}' and type like '{kind}.%' order by sequence");
        return [.. rows.Select(row => row[0])];
    }

    /// <summary>The whole table of a query, as text.</summary>
    public async Task<string[][]> RowsAsync(string sql)
    {
        await using NpgsqlCommand command = Database.Owner.CreateCommand(sql);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        List<string[]> rows = [];
        while (await reader.ReadAsync())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(index => Convert.ToString(reader.GetValue(index), CultureInfo.InvariantCulture)!)]);
        }

        return [.. rows];
    }

    /// <summary>The server's own time, as the tokens that it writes carry it.</summary>
    private async Task<DateTimeOffset> ServerNowAsync()
    {
        JsonElement login = await Server.PostAsync(
            "/auth/login",
            new { email = Server.Dev.GetProperty("operator_email").GetString(), password = Server.Dev.GetProperty("operator_password").GetString() });
        return DateTimeOffset.FromUnixTimeSeconds(Claims(login.GetProperty("access_token").GetString()!).GetProperty("iat").GetInt64());
    }

    private static JsonElement Claims(string token)
    {
        string payload = token.Split('.')[1].Replace('-', '+').Replace('_', '/');
        return JsonSerializer.Deserialize<JsonElement>(Encoding.UTF8.GetString(Convert.FromBase64String(payload.PadRight((payload.Length + 3) / 4 * 4, '='))));
    }
}

/// <summary>With the other policy.</summary>
public sealed class UnpaidBillingWorld() : BillingWorld("unpaid");
