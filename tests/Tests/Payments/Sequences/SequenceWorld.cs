using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Florin.Tests.Events;
using Florin.Tests.Faults;
using Florin.Tests.Sandbox;
using Florin.Tests.Support;

namespace Florin.Tests.Payments.Sequences;

/// <summary>One server, its providers, a receiver of its events and a database for many sequences at once, and everything that clients were answered.</summary>
internal sealed class SequenceWorld() : HttpWorld(SettleSeconds, pollSeconds: 1, pullSeconds: 2, sendsWebhooks: true)
{
    private const int SettleSeconds = 6;
    private const int MerchantCount = 4;

    /// <summary>Faults that wait at the sandbox at one time, with room to spare.</summary>
    private const int FaultsMax = 800;

    /// <summary>Tries of one request before a server that gives no answer is a finding.</summary>
    private const int TriesMax = 400;

    /// <summary>How often a capture or a void is told that it waits, each time after the server's patience.</summary>
    private const int WaitsMax = 2;


    /// <summary>How long "no such payment" may mean "not yet".</summary>
    public static readonly TimeSpan SettleWindow = TimeSpan.FromSeconds(SettleSeconds);

    /// <summary>In major units of any currency.</summary>
    private const string FundingAmount = "90000";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150);

    private readonly ConcurrentQueue<Answer> _answers = new();
    private readonly ConcurrentDictionary<int, string> _tokens = new();
    private readonly SemaphoreSlim _faults = new(1);
    private TaskCompletionSource _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (string Id, string Email)[] _merchants = [];
    private PayPalCaller _payPal = null!;
    private string _savedToken = "";
    private int _faultsSet;
    private int _asked;
    private int _funded;

    protected override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>
    {
        ["FLORIN__STRIPE__TIMEOUT_SECONDS"] = "2",
        ["FLORIN__PAYPAL__TIMEOUT_SECONDS"] = "2",
        ["FLORIN__EVENTS__ALLOW_LOOPBACK"] = "true",
        ["FLORIN__FLOWS__LEASE_SECONDS"] = "3",
    };

    public IReadOnlyCollection<Answer> Answers => _answers;

    public int AnswerCount => _answers.Count;

    /// <summary>Hears of everything that happens, and refuses some of it at first.</summary>
    public EventListener Listener { get; } = new();

    public string MerchantOf(int seed) => _merchants[Index(seed)].Id;

    public IEnumerable<string> Merchants => _merchants.Select(merchant => merchant.Id);

    public async Task OpenAsync()
    {
        _merchants = await Task.WhenAll(Enumerable.Range(0, MerchantCount).Select(async index =>
        {
            (string id, string email, string token) = await Server.CreateUserAsync("Shop", "business");
            _tokens[index] = token;
            return (id, email);
        }));
        _payPal = await PayPalCaller.StartAsync(Sandbox);
        _savedToken = await SaveTokenAsync();
        await Server.PostAsync("/webhook-endpoints", new { url = Listener.Url }, Server.AdminApiKey);
        _up.SetResult();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Listener.DisposeAsync();
    }

    /// <summary>A payment source as the API takes it.</summary>
    public string SourceOf(string name) => name == PlannedSource.Saved ? $"paypal:{_savedToken}" : name;

    /// <summary>PayPal decides about a dispute. Nothing happens when its evidence has not arrived.</summary>
    public Task AdjudicateAsync(string dispute, bool isWon) => _payPal.PostAsync(
        $"/v1/customer/disputes/{dispute}/adjudicate", new JsonObject { ["adjudication_outcome"] = isWon ? "SELLER_FAVOR" : "BUYER_FAVOR" });

    /// <summary>A request for a refund that was on its way all the time arrives at Stripe.</summary>
    public async Task ArriveAsync(FlowRow refund)
    {
        Dictionary<string, string> form = new()
        {
            ["payment_intent"] = refund.Text("provider_payment_id")!,
            ["amount"] = refund.Text("amount")!,
            ["metadata[florin_reference]"] = refund.Id,
        };
        using FormUrlEncodedContent content = new(form);
        using HttpResponseMessage answer = await Sandbox.Http.PostAsync(new Uri("/stripe/v1/refunds", UriKind.Relative), content);
    }

    /// <summary>Kills the server as a power cut would, and starts it again. Who asks meanwhile waits and asks again.</summary>
    public async Task KillAsync()
    {
        _up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Server.KillAsync();
        string before = Server.Url;
        await Server.StartAgainAsync();
        if (Server.Url != before)
        {
            await Sandbox.SetWebhookAsync($"{Server.Url}/webhooks/stripe", WebhookSecret);
            await Sandbox.SetPayPalWebhookAsync($"{Server.Url}/webhooks/paypal", PayPalWebhook);
        }

        _up.SetResult();
    }

    public async Task SetFaultAsync(PlannedFault? fault)
    {
        if (fault is null)
        {
            return;
        }

        await _faults.WaitAsync();
        try
        {
            if (++_faultsSet % FaultsMax == 0)
            {
                await Sandbox.ClearFaultsAsync();
            }

            await (fault.Provider == ProviderRecord.PayPal
                ? Sandbox.PayPalFaultAsync(fault.Operation, fault.Name, fault.Count, fault.More)
                : Sandbox.FaultAsync(fault.Operation, fault.Name, fault.Count, fault.More));
        }
        finally
        {
            _faults.Release();
        }
    }

    /// <summary>
    /// Asks until there is an answer that says something: through kills, refusals for load, and "still running". A capture or a void that waits behind
    /// another one, which the provider thinks about until its clock moves, is left waiting after some time.
    /// </summary>
    public async Task<HttpAnswer> AskAsync(int seed, string kind, string path, object body, string key, long? units = null)
    {
        int number = Interlocked.Increment(ref _asked);
        int waits = 0;
        for (int attempt = 0; attempt < TriesMax; attempt++)
        {
            await _up.Task;
            HttpAnswer? answer = await TryAskAsync(seed, path, body, key);
            bool isLeft = kind is "capture" or "void" && answer is { Status: 409, Code: Answer.InProgress } && ++waits >= WaitsMax;
            if (answer is null || (!isLeft && answer is ({ Status: 503, Code: not "provider_unavailable" } or { Status: 409, Code: Answer.InProgress })))
            {
                await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
            }
            else if (answer.Status == 401)
            {
                await LoginAsync(Index(seed));
            }
            else
            {
                bool isAccepted = answer.Status is 200 or 201 or 202;
                _answers.Enqueue(new Answer(
                    number, seed, kind, path, key, units, answer.Status, answer.Code, isAccepted ? answer.Id : null,
                    isAccepted ? answer.MovementStatus : null, answer.IsReplayed, answer.Body));
                return answer;
            }
        }

        throw new TimeoutException($"seed {seed}: no answer to {kind} {path} under {key}");
    }

    /// <summary>Takes a large payment for a merchant, so that what waits for its balance goes on. It belongs to the sequence 0.</summary>
    public async Task FundAsync(string merchant, string currency)
    {
        int index = Array.FindIndex(_merchants, candidate => candidate.Id == merchant);
        await AskAsync(
            index, "pay", "/payments", new { amount = FundingAmount, currency, payment_source = "pm_card_visa", capture = "automatic" }, $"fund-{currency}-{Interlocked.Increment(ref _funded)}");
    }

    public async Task<IReadOnlyList<T>> RowsAsync<T>(string sql, Func<Npgsql.NpgsqlDataReader, T> read)
    {
        List<T> rows = [];
        await using Npgsql.NpgsqlCommand command = Database.Owner.CreateCommand(sql);
        command.CommandTimeout = 300;
        await using Npgsql.NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private static int Index(int seed) => (int)((uint)seed % MerchantCount);

    /// <returns><see langword="null"/> when no answer arrived: it may have happened.</returns>
    private async Task<HttpAnswer?> TryAskAsync(int seed, string path, object body, string key)
    {
        try
        {
            using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Post, path, body, _tokens[Index(seed)], key);
            return await HttpAnswer.ReadAsync(response);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return null;
        }
    }

    /// <summary>The payer agrees once, on PayPal's page, to be charged again and again.</summary>
    private async Task<string> SaveTokenAsync()
    {
        JsonObject context = new() { ["return_url"] = "https://shop.example/back", ["cancel_url"] = "https://shop.example/no" };
        PayPalReply setup = await _payPal.PostAsync(
            "/v3/vault/setup-tokens", new JsonObject { ["payment_source"] = new JsonObject { ["paypal"] = new JsonObject { ["experience_context"] = context } } }, "setup");
        using HttpResponseMessage approved = await Sandbox.Http.PostAsync(new Uri($"/_sandbox/paypal/setup_tokens/{setup.Id}/approve", UriKind.Relative), content: null);
        approved.EnsureSuccessStatusCode();
        JsonObject source = new() { ["token"] = new JsonObject { ["type"] = "SETUP_TOKEN", ["id"] = setup.Id } };
        return (await _payPal.PostAsync("/v3/vault/payment-tokens", new JsonObject { ["payment_source"] = source }, "token")).Id;
    }

    private async Task LoginAsync(int index)
    {
        JsonElement tokens = await Server.PostAsync("/auth/login", new { email = _merchants[index].Email, password = ServerProcess.UserPassword });
        _tokens[index] = tokens.GetProperty("access_token").GetString()!;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_asked} requests, {AnswerCount} answers");
}

/// <summary>What a client was told. The last word on a request, after its own repeats for lost answers.</summary>
/// <param name="Number">In the order in which the requests were made.</param>
/// <param name="Kind">pay, capture, void, refund or evidence.</param>
/// <param name="Units">Asked for, in smallest units; null for all.</param>
/// <param name="Code">Of a problem.</param>
/// <param name="Id">Of the payment, refund or dispute; null when it was refused.</param>
/// <param name="State">As it was told.</param>
internal sealed record Answer(
    int Number, int Seed, string Kind, string Path, string Key, long? Units, int Status, string? Code, string? Id, string? State, bool IsReplayed, JsonElement Body)
{
    /// <summary>The code of "still running".</summary>
    public const string InProgress = "idempotency_key_in_progress";

    public bool IsAccepted => Id is not null;

    public override string ToString() => $"#{Number} {Kind} {Path} {Key} {Units}: {Status} {Code} {State} {Id}{(IsReplayed ? " replayed" : "")}";
}
