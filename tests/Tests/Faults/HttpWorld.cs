using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>
/// The real server and its provider on a database of their own, driven through the public API only, and two judges that know nothing of it: the
/// provider's record of what it did, and SQL over the tables.
/// </summary>
/// <param name="settleSeconds">How long "no such payment" may mean "not yet".</param>
/// <param name="pollSeconds">The pause before a provider's object is looked at again; an hour leaves it to events.</param>
/// <param name="pullSeconds">How often missed events are pulled; an hour leaves it to webhooks.</param>
/// <param name="sendsWebhooks">Whether the provider tells the server of its events.</param>
public abstract class HttpWorld(int settleSeconds, int pollSeconds, int pullSeconds, bool sendsWebhooks) : IAsyncLifetime
{
    public const int Never = 3_600;

    public const string WebhookSecret = "whsec_the_secret_of_now";
    public const string WebhookSecretPrevious = "whsec_the_secret_before";

    /// <summary>The webhook's id at PayPal's sandbox, as development mode knows it.</summary>
    public const string PayPalWebhook = "FLORINSANDBOXWEBHOOK";

    /// <summary>How long an outcome may be unknown before it is overdue.</summary>
    public const int UnknownMaxSeconds = 8;

    private const int ProviderTimeoutSeconds = 3;
    private const int LooksMin = 2;

    private int _keys;

    public TestDatabase Database { get; private set; } = null!;

    public SandboxProcess Sandbox { get; private set; } = null!;

    public ServerProcess Server { get; private set; } = null!;

    /// <summary>Settings of the server beside those of every world; they win.</summary>
    protected virtual IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>();

    public async ValueTask InitializeAsync()
    {
        Database = await TestDatabase.CreateAsync();
        Sandbox = await SandboxProcess.StartAsync();
        Dictionary<string, string> settings = new()
        {
            ["FLORIN__STRIPE__URL"] = Sandbox.StripeUrl.ToString(),
            ["FLORIN__STRIPE__SECRET_KEY"] = SandboxProcess.SecretKey,
            ["FLORIN__STRIPE__WEBHOOK_SECRET"] = WebhookSecret,
            ["FLORIN__STRIPE__WEBHOOK_SECRET_PREVIOUS"] = WebhookSecretPrevious,
            ["FLORIN__STRIPE__TIMEOUT_SECONDS"] = Text(ProviderTimeoutSeconds),
            ["FLORIN__SANDBOX__URL"] = Sandbox.Url.ToString(),
            ["FLORIN__PAYPAL__TIMEOUT_SECONDS"] = Text(ProviderTimeoutSeconds),
            ["FLORIN__PAYMENTS__ROUTES"] = "source:sandbox_=paypal",
            ["FLORIN__WALLETS__SETTLE_WINDOW_SECONDS"] = Text(settleSeconds),
            ["FLORIN__WALLETS__POLL_FIRST_SECONDS"] = Text(pollSeconds),
            ["FLORIN__FLOWS__UNKNOWN_MAX_SECONDS"] = Text(UnknownMaxSeconds),
            ["FLORIN__FLOWS__PULL_SECONDS"] = Text(pullSeconds),
        };
        foreach ((string name, string value) in Settings)
        {
            settings[name] = value;
        }

        Server = await ServerProcess.StartAsync(Database.OwnerUrl, settings);
        if (sendsWebhooks)
        {
            await Sandbox.SetWebhookAsync($"{Server.Url}/webhooks/stripe", WebhookSecret);
            await Sandbox.SetPayPalWebhookAsync($"{Server.Url}/webhooks/paypal", PayPalWebhook);
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Sandbox.DisposeAsync();
        await Database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A key that no test used before.</summary>
    public string NewKey() => $"key-{Interlocked.Increment(ref _keys)}";

    /// <summary>A new user with a card and a bank account, and with this much in the wallet. Faults that an earlier test left are gone.</summary>
    internal async Task<LoadUser> CreateUserAsync(string? funds = null)
    {
        await Sandbox.ClearFaultsAsync();
        (string id, string email, string token) = await Server.CreateUserAsync();
        JsonElement card = await Server.PostAsync("/wallets/funding-sources", new { payment_method_id = "pm_card_visa" }, token);
        JsonElement bank = await Server.PostAsync("/wallets/funding-sources", new { payment_method_id = "pm_usBankAccount_success" }, token);
        LoadUser user = new(id, email, token, card.GetProperty("id").GetString()!, bank.GetProperty("id").GetString()!);
        if (funds is not null)
        {
            HttpAnswer answer = await DepositAsync(user, funds);
            await StateAsync(answer.Id, "succeeded");
        }

        return user;
    }

    internal async Task<HttpAnswer> SendAsync(LoadUser user, string path, object body, string? key = null)
    {
        using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Post, path, body, user.Token, key ?? NewKey());
        return await HttpAnswer.ReadAsync(response);
    }

    /// <summary>From the card, unless a source is named.</summary>
    internal Task<HttpAnswer> DepositAsync(LoadUser user, string amount, string? key = null, string? sourceId = null, string currency = "USD") =>
        SendAsync(user, "/wallets/deposit", new { amount, currency, source_id = sourceId ?? user.CardId }, key);

    internal Task<HttpAnswer> TransferAsync(LoadUser user, LoadUser to, string amount, string? key = null, string currency = "USD") =>
        SendAsync(user, "/wallets/transfers", new { to = to.Id, amount, currency }, key);

    internal Task<HttpAnswer> WithdrawAsync(LoadUser user, string amount, string? key = null, string currency = "USD") =>
        SendAsync(user, "/wallets/withdraw", new { amount, currency, destination_id = user.BankId }, key);

    /// <summary>Has the provider's list not show what was made in the last hour, as an index does that lags.</summary>
    internal Task HideAsync(string operation) =>
        Sandbox.FaultAsync(operation, "not_found_for", more: new System.Text.Json.Nodes.JsonObject { ["seconds"] = Never });

    /// <summary>How often a scripted fault struck: how many requests of its operation the provider got.</summary>
    internal async Task<long> StruckAsync(string fault)
    {
        JsonElement faults = JsonSerializer.Deserialize<JsonElement>(await Sandbox.Http.GetStringAsync(new Uri("/_sandbox/faults", UriKind.Relative)));
        return faults.GetProperty("data").EnumerateArray()
            .Where(entry => entry.GetProperty("fault").GetString() == fault).Sum(entry => entry.GetProperty("struck").GetInt64());
    }

    /// <summary>The provider's record of all payments of a user, of whatever state.</summary>
    internal async Task<IReadOnlyList<JsonElement>> PaymentsAsync(LoadUser user)
    {
        HashSet<string> customers = await CustomersAsync(user);
        return [.. (await Sandbox.ObjectsAsync("payment_intent")).Where(payment => customers.Contains(payment.GetProperty("customer").GetString()!))];
    }

    /// <summary>The provider's record of all payouts to what a user linked.</summary>
    internal async Task<IReadOnlyList<JsonElement>> PayoutsAsync(LoadUser user)
    {
        HashSet<string> customers = await CustomersAsync(user);
        HashSet<string> methods = [.. (await Sandbox.ObjectsAsync("payment_method"))
            .Where(method => method.GetProperty("customer").GetString() is { } customer && customers.Contains(customer))
            .Select(method => method.GetProperty("id").GetString()!)];
        return [.. (await Sandbox.ObjectsAsync("payout")).Where(payout => methods.Contains(payout.GetProperty("destination").GetString()!))];
    }

    /// <summary>The provider's events about the object that carries this reference, oldest first.</summary>
    internal async Task<IReadOnlyList<JsonElement>> EventsAsync(string reference) =>
    [
        .. (await Sandbox.ObjectsAsync("event")).Reverse().Where(item =>
            item.GetProperty("data").GetProperty("object").TryGetProperty("metadata", out JsonElement metadata)
            && metadata.TryGetProperty("florin_reference", out JsonElement value) && value.GetString() == reference),
    ];

    /// <summary>What a user can spend by the ledger's history alone, in cents.</summary>
    internal async Task<long> BalanceAsync(LoadUser user) => (long)await Database.QueryAsync<decimal>(
        $"select coalesce(sum(credits_posted - debits_posted - debits_pending), 0) from ledger.balances where address = 'user:{user.Id}:available' and asset = 'USD'");

    /// <summary>How many transfers ever touched a user's account.</summary>
    internal Task<long> PostingsAsync(LoadUser user) => Database.QueryAsync<long>(
        $"select count(*) from ledger.postings where 'user:{user.Id}:available' in (debit, credit)");

    internal Task<long> FlowsAsync(LoadUser user) => Database.QueryAsync<long>($"select count(*) from flows.flow where owner_id = '{user.Id}'");

    internal Task<string> StateAsync(string flowId) => Database.QueryAsync<string>($"select state from flows.flow where id = '{flowId}'");

    /// <summary>Waits until a flow is in a state.</summary>
    internal Task StateAsync(string flowId, string state) =>
        Eventually.GetAsync(() => StateAsync(flowId), found => found == state, $"flow {flowId} in state {state}");

    /// <summary>Waits until a flow was looked at twice while a fault hid the truth, and demands that it is where it was.</summary>
    internal async Task StaysAsync(string flowId, string state, string fault)
    {
        (long _, string seen) = await Eventually.GetAsync(
            async () => (Struck: await StruckAsync(fault), State: await StateAsync(flowId)),
            found => found.Struck >= LooksMin || found.State != state,
            $"looks at flow {flowId}");
        Assert.Equal(state, seen);
    }

    /// <summary>The states that a flow went through.</summary>
    internal Task<string> PathAsync(string flowId) => Database.QueryAsync<string>(
        $"select string_agg(to_state, ' ' order by version) from flows.history where flow_id = '{flowId}'");

    /// <summary>How far the inbox is with an event; <c>absent</c> when it was never stored.</summary>
    internal Task<string> EventStatusAsync(string eventId) => Database.QueryAsync<string>(
        $"select coalesce((select status from flows.inbound_event where event_id = '{eventId}'), 'absent')");

    /// <summary>Sends a body as the provider would, signed with a secret at a time.</summary>
    internal async Task<int> PostEventAsync(string body, string secret = WebhookSecret, TimeSpan age = default, string? signedBody = null)
    {
        long time = (TimeProvider.System.GetUtcNow() - age).ToUnixTimeSeconds();
        byte[] hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{time}.{signedBody ?? body}"));
        using HttpRequestMessage request = new(HttpMethod.Post, "/webhooks/stripe") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Stripe-Signature", $"t={time},v1={Convert.ToHexStringLower(hash)}");
        using HttpResponseMessage response = await Server.Http.SendAsync(request);
        return (int)response.StatusCode;
    }

    private async Task<HashSet<string>> CustomersAsync(LoadUser user) =>
    [
        .. (await Sandbox.ObjectsAsync("customer"))
            .Where(customer => customer.GetProperty("metadata").TryGetProperty("florin_reference", out JsonElement value) && value.GetString() == user.Id)
            .Select(customer => customer.GetProperty("id").GetString()!),
    ];

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Looks at what is open every second and hears of no event: what is found is found by asking.</summary>
public sealed class HttpPollingWorld() : HttpWorld(settleSeconds: 600, pollSeconds: 1, pullSeconds: Never, sendsWebhooks: false);

/// <summary>What the provider does not know after a few seconds, it never got.</summary>
public sealed class HttpSettlingWorld() : HttpWorld(HttpSettlingWorld.SettleSeconds, pollSeconds: 1, pullSeconds: Never, sendsWebhooks: false)
{
    public const int SettleSeconds = 6;
}

/// <summary>What the provider does not know after a few seconds it never got, and what it did all the same is pulled within a second.</summary>
public sealed class HttpLateWorld() : HttpWorld(settleSeconds: 4, pollSeconds: 1, pullSeconds: 1, sendsWebhooks: false);

/// <summary>Nothing but webhooks moves what is open.</summary>
public sealed class HttpWebhookWorld() : HttpWorld(settleSeconds: 600, pollSeconds: Never, pullSeconds: Never, sendsWebhooks: true);

/// <summary>Webhooks would come, and what they do not bring is pulled every second.</summary>
public sealed class HttpPullingWorld() : HttpWorld(settleSeconds: 600, pollSeconds: Never, pullSeconds: 1, sendsWebhooks: true);

/// <summary>For a provider in trouble: long enough to come back from it, short enough to see what never arrived fail.</summary>
public sealed class HttpStormWorld() : HttpWorld(settleSeconds: 45, pollSeconds: 1, pullSeconds: Never, sendsWebhooks: false);

/// <summary>Settlements are noticed by webhooks or pulled within a second.</summary>
public sealed class HttpSettlementWorld() : HttpWorld(settleSeconds: 600, pollSeconds: Never, pullSeconds: 1, sendsWebhooks: true);

/// <summary>Everything is looked at and pulled every second, and events come as well: PayPal tells of a withdrawal by its list alone.</summary>
public sealed class HttpPayPalSettlementWorld() : HttpWorld(settleSeconds: 600, pollSeconds: 1, pullSeconds: 1, sendsWebhooks: true);
