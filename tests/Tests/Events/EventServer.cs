using System.Text.Json;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Events;

/// <summary>A real server that may send events to this machine, on a database of its own.</summary>
public sealed class EventServer : IAsyncLifetime
{
    /// <summary>Shared by all servers of a test: what one encrypts the other reads.</summary>
    private const string MasterKey = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    public static IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>
    {
        ["FLORIN__EVENTS__ALLOW_LOOPBACK"] = "true",
        ["FLORIN__IDENTITY__MASTER_KEY"] = MasterKey,
    };

    public TestDatabase Database { get; private set; } = null!;

    public ServerProcess Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Database = await TestDatabase.CreateAsync();
        Server = await ServerProcess.StartAsync(Database.OwnerUrl, Settings);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Database.DisposeAsync();
    }

    public async Task<(string Id, string Secret)> SubscribeAsync(string url, params string[] types)
    {
        object request = types.Length == 0 ? new { url } : new { url, event_types = types };
        JsonElement endpoint = await Server.PostAsync("/webhook-endpoints", request, Server.AdminApiKey);
        return (endpoint.GetProperty("id").GetString()!, endpoint.GetProperty("secret").GetString()!);
    }

    /// <summary>A user with a card and money.</summary>
    public async Task<(string Id, string Email, string Token, string DepositId)> FundAsync(string amount)
    {
        (string id, string email, string token) = await Server.CreateUserAsync();
        JsonElement card = await Server.PostAsync("/wallets/funding-sources", new { payment_method_id = "pm_card_visa" }, token);
        string source = card.GetProperty("id").GetString()!;
        JsonElement deposit = await Server.PostAsync("/wallets/deposit", new { amount, currency = "USD", source_id = source }, token, $"deposit-{id}");
        return (id, email, token, deposit.GetProperty("id").GetString()!);
    }

    /// <summary>Every event over the API, page by page.</summary>
    public async Task<IReadOnlyList<JsonElement>> EventsAsync(int limit = 200)
    {
        List<JsonElement> events = [];
        for (long since = 0; ;)
        {
            JsonElement page = await Server.GetAsync($"/events?since={since}&limit={limit}", Server.AdminApiKey);
            events.AddRange(page.GetProperty("data").EnumerateArray());
            since = page.GetProperty("next_since").GetInt64();
            if (!page.GetProperty("has_more").GetBoolean())
            {
                return events;
            }
        }
    }
}
