using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Florin.Tests.Support;

/// <summary>The real provider sandbox as a process of its own, on a free port, ended by its id when this is disposed.</summary>
/// <remarks>
/// Asynchronous outcomes happen when <see cref="AdvanceAsync"/> moves the clock, unless <c>--auto-advance true</c> is among the arguments. One step
/// (a debit's end, a payout's next state) takes two seconds of that clock, so <c>AdvanceAsync(TimeSpan.FromMinutes(1))</c> brings all to its end.
/// </remarks>
public sealed class SandboxProcess : IAsyncDisposable
{
    /// <summary>A key that the sandbox takes.</summary>
    public const string SecretKey = "sk_test_florin";

    private const string ReadyPrefix = "sandbox ";

    /// <summary>How long a start may take on a busy machine.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly Process process;

    private SandboxProcess(Process process, Uri url)
    {
        this.process = process;
        Url = url;
        Http = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromSeconds(150) };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", SecretKey);
    }

    /// <summary><c>http://127.0.0.1:PORT</c>, without a slash at the end when it is put into text.</summary>
    public Uri Url { get; }

    /// <summary>Stripe's API as a connector sees it: <c>http://127.0.0.1:PORT/stripe</c>.</summary>
    public Uri StripeUrl => new(Url, "/stripe");

    /// <summary>Sends the secret key; the base address is the sandbox's own.</summary>
    public HttpClient Http { get; }

    public int ProcessId => process.Id;

    /// <param name="arguments">Further arguments of the sandbox's command line, for example <c>--data</c> and a folder.</param>
    public static async Task<SandboxProcess> StartAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(DotNet())
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] all = [Path.Combine(AppContext.BaseDirectory, "Florin.Sandbox.dll"), "--exit-with-stdin", .. Defaults(arguments), .. arguments];
        foreach (var argument in all)
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException("The sandbox did not start.");
        try
        {
            return new SandboxProcess(process, await ReadUrlAsync(process));
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <summary>Has the next <paramref name="count"/> requests of an operation fail in a way that the sandbox knows.</summary>
    /// <param name="operation">For example <c>payment_intents.create</c>, <c>webhook</c> or <c>*</c>.</param>
    /// <param name="fault">For example <c>timeout_after_effect</c>.</param>
    /// <param name="more">Further members: <c>delay_ms</c>, <c>seconds</c>, <c>skip</c>, <c>amount_delta</c>, <c>currency</c>, <c>event_type</c>.</param>
    public Task FaultAsync(string operation, string fault, int count = 1, JsonObject? more = null) => FaultAsync("stripe", operation, fault, count, more);

    /// <summary>As <see cref="FaultAsync(string, string, int, JsonObject?)"/>, of PayPal.</summary>
    public Task PayPalFaultAsync(string operation, string fault, int count = 1, JsonObject? more = null) => FaultAsync("paypal", operation, fault, count, more);

    /// <summary>What PayPal believes: its objects of a type, newest first.</summary>
    public async Task<IReadOnlyList<JsonElement>> PayPalObjectsAsync(string type)
    {
        var answer = await GetAsync($"/_sandbox/paypal/objects?type={Uri.EscapeDataString(type)}");
        return [.. answer.GetProperty("objects").EnumerateArray()];
    }

    /// <summary>Null when there is nothing that it could be done to.</summary>
    private async Task<JsonElement?> TryChangeAsync(string path, JsonObject body)
    {
        using StringContent content = new(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await Http.PostAsync(new Uri(path, UriKind.Relative), content);
        return answer.StatusCode == System.Net.HttpStatusCode.NotFound
            ? null
            : JsonSerializer.Deserialize<JsonElement>(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync());
    }

    private Task FaultAsync(string provider, string operation, string fault, int count, JsonObject? more)
    {
        var body = more?.DeepClone().AsObject() ?? [];
        body["provider"] = provider;
        body["operation"] = operation;
        body["fault"] = fault;
        body["count"] = count;
        return PostAsync("/_sandbox/faults", body);
    }

    /// <summary>Returns when a fault of this kind has struck at least so many times: a barrier for tests that need a request to be under way.</summary>
    public async Task WhenFaultStruckAsync(string fault, int times = 1)
    {
        long struck;
        do
        {
            var faults = (await GetAsync("/_sandbox/faults")).GetProperty("data").EnumerateArray();
            struck = faults.Where(entry => entry.GetProperty("fault").GetString() == fault).Sum(entry => entry.GetProperty("struck").GetInt64());
        }
        while (struck < times);
    }

    public async Task ClearFaultsAsync()
    {
        using var answer = await Http.DeleteAsync(new Uri("/_sandbox/faults", UriKind.Relative));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Moves the sandbox's clock. Returns when all that fell due is done and the webhooks that came of it were attempted.</summary>
    public Task AdvanceAsync(TimeSpan by) => PostAsync("/_sandbox/clock/advance", new JsonObject { ["seconds"] = (long)by.TotalSeconds });

    /// <summary>Has Stripe pay what is available to our bank, and returns the payout as it was made. It arrives when the clock moves.</summary>
    /// <param name="destination"><c>ba_</c> and a test number: how it ends.</param>
    public Task<JsonElement> SettleAsync(string destination = "ba_000123456789") => ChangeAsync("settle", new JsonObject { ["destination"] = destination });

    /// <summary>What only Stripe or a card scheme does: <c>payouts/{id}/repeat</c>, <c>events/{id}/resend</c>, <c>charges/{id}/clear</c>, <c>charges/{id}/reverse</c>.</summary>
    public async Task<JsonElement> ChangeAsync(string path, JsonObject? body = null)
    {
        using StringContent content = new((body ?? []).ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await Http.PostAsync(new Uri($"/_sandbox/stripe/{path}", UriKind.Relative), content);
        answer.EnsureSuccessStatusCode();
        string text = await answer.Content.ReadAsStringAsync();
        return text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text);
    }

    /// <summary>Moves PayPal's balance to our bank: this much, or all of it. Null when there is nothing.</summary>
    public Task<JsonElement?> PayPalWithdrawAsync(string? amount = null, string currency = "USD") =>
        TryChangeAsync("/_sandbox/paypal/withdrawals", new JsonObject { ["amount"] = amount, ["currency"] = currency });

    /// <summary>As <see cref="SettleAsync"/>, of a currency. Null when nothing is available.</summary>
    public Task<JsonElement?> TrySettleAsync(string currency, string destination) =>
        TryChangeAsync("/_sandbox/stripe/settle", new JsonObject { ["currency"] = currency, ["destination"] = destination });

    /// <summary>The bank sends a withdrawal of PayPal's balance back.</summary>
    public Task ReturnPayPalAsync(string withdrawal) => PostAsync($"/_sandbox/paypal/withdrawals/{withdrawal}/return", []);

    /// <summary>Has PayPal's transaction search list a transaction late, or twice.</summary>
    public Task ListPayPalAsync(string transaction, bool isLate = false, bool isTwice = false) =>
        PostAsync($"/_sandbox/paypal/transactions/{transaction}", new JsonObject { ["late"] = isLate, ["twice"] = isTwice });

    /// <summary>Returns when the webhooks of everything that happened so far were attempted.</summary>
    public Task WhenWebhooksAttemptedAsync() => AdvanceAsync(TimeSpan.Zero);

    /// <summary>Sends all events to a URL from now on; with two secrets, both sign.</summary>
    public Task SetWebhookAsync(string url, string secret, string? previousSecret = null) => PostAsync(
        "/_sandbox/webhooks", new JsonObject { ["provider"] = "stripe", ["url"] = url, ["secret"] = secret, ["previous_secret"] = previousSecret });

    /// <summary>Sends all of PayPal's events to a URL from now on, signed for the webhook of this id.</summary>
    public Task SetPayPalWebhookAsync(string url, string webhookId) => PostAsync(
        "/_sandbox/webhooks", new JsonObject { ["provider"] = "paypal", ["url"] = url, ["secret"] = webhookId });

    /// <summary>What the provider believes: its objects of a type, newest first. The independent judge.</summary>
    public async Task<IReadOnlyList<JsonElement>> ObjectsAsync(string type)
    {
        var answer = await GetAsync($"/_sandbox/stripe/objects?type={Uri.EscapeDataString(type)}");
        return [.. answer.GetProperty("objects").EnumerateArray()];
    }

    /// <summary>
    /// Sums over what the provider believes: <c>charges</c>, <c>refunds</c> and <c>payouts</c> by status and currency (<c>count</c>, <c>amount</c> in the
    /// smallest unit; a charge counts what was captured), <c>idempotency_keys</c>, and <c>created</c> by type.
    /// </summary>
    public async Task<JsonElement> TotalsAsync() => (await GetAsync("/_sandbox/stripe/objects?type=none")).GetProperty("totals");

    /// <summary>Sums over what PayPal believes: <c>authorizations</c>, <c>captures</c>, <c>refunds</c> and <c>payouts</c>, and <c>created</c> for events.</summary>
    public async Task<JsonElement> PayPalTotalsAsync() => (await GetAsync("/_sandbox/paypal/objects?type=none")).GetProperty("totals");

    /// <summary>PayPal sends an event again, or tells of the same under a new id. Returns after the attempts.</summary>
    public Task TellAgainAsync(string payPalEventId, bool isNew) => PostAsync($"/_sandbox/paypal/events/{payPalEventId}/{(isNew ? "repeat" : "resend")}", []);

    /// <summary>Sends an event again to every endpoint. Returns after the attempts.</summary>
    public Task ResendEventAsync(string eventId) => PostAsync($"/_sandbox/stripe/events/{eventId}/resend", []);

    public Task ResetAsync() => PostAsync("/_sandbox/reset", []);

    /// <summary>Kills the process at once, as a power cut would.</summary>
    public async Task KillAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        await process.WaitForExitAsync();
    }

    /// <summary>Closes the process's standard input, as the death of its parent does, and returns when it has ended by itself.</summary>
    public async Task<int> LetGoAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await KillAsync();
        process.Dispose();
    }

    private static string[] Defaults(string[] given) =>
    [
        .. given.Contains("--urls") ? (string[])[] : ["--urls", "http://127.0.0.1:0"],
        .. given.Contains("--auto-advance") ? (string[])[] : ["--auto-advance", "false"],
    ];

    private static async Task<Uri> ReadUrlAsync(Process process)
    {
        var errors = new StringBuilder();
        process.ErrorDataReceived += (_, line) =>
        {
            lock (errors)
            {
                errors.AppendLine(line.Data);
            }
        };
        process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(StartLimit, TimeProvider.System);
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.StartsWith(ReadyPrefix, StringComparison.Ordinal))
            {
                return new Uri(line[ReadyPrefix.Length..]);
            }
        }

        await process.WaitForExitAsync(limit.Token);
        lock (errors)
        {
            throw new InvalidOperationException($"The sandbox ended with {process.ExitCode}: {errors}");
        }
    }

    /// <summary>The host that runs these tests, or the one on the path.</summary>
    private static string DotNet() =>
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    private async Task<JsonElement> GetAsync(string path)
    {
        await using var stream = await Http.GetStreamAsync(new Uri(path, UriKind.Relative));
        using var document = await JsonDocument.ParseAsync(stream);
        return document.RootElement.Clone();
    }

    private async Task PostAsync(string path, JsonObject body)
    {
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await Http.PostAsync(new Uri(path, UriKind.Relative), content);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }
    }
}
