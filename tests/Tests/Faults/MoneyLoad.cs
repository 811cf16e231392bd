using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Florin.Tests.Support;

namespace Florin.Tests.Faults;

internal enum OperationKind
{
    CardDeposit,
    BankDeposit,
    Transfer,
    Withdrawal,
}

/// <summary>One wish of a client, under one idempotency key for ever.</summary>
internal sealed record Operation(OperationKind Kind, string Key, string UserId, string? RecipientId, long Cents);

/// <summary>What the server said in the end: an id, or a refusal for want of funds.</summary>
internal sealed record Acknowledged(Operation Operation, string? Id, string? Status);

internal sealed record LoadUser(string Id, string Email, string Token, string CardId, string BankId);

/// <summary>Clients that move money through the public API and, as good clients do, send a request again with the same key until it is answered.</summary>
internal sealed class MoneyLoad(IReadOnlyList<ServerProcess> servers, IReadOnlyList<LoadUser> users, int seed)
{
    /// <summary>With several servers: after this the same request goes to another one.</summary>
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();

    private readonly ConcurrentQueue<Acknowledged> _acknowledged = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly ConcurrentDictionary<string, string> _tokens = new();
    private TaskCompletionSource _up = Completed();
    private long _answeredAt = TimeProvider.System.GetTimestamp();
    private TimeSpan _longestGap;
    private int _keys;
    private int _answers;

    public IReadOnlyCollection<Acknowledged> Acknowledged => _acknowledged;

    /// <summary>Answers that a client must never see.</summary>
    public IReadOnlyCollection<string> Violations => _violations;

    public MoneyLoad(ServerProcess server, IReadOnlyList<LoadUser> users, int seed)
        : this([server], users, seed)
    {
    }

    /// <summary>The longest time without any answer since this was asked before.</summary>
    public TimeSpan TakeLongestGap()
    {
        lock (_gate)
        {
            NoteGap();
            TimeSpan gap = _longestGap;
            _longestGap = TimeSpan.Zero;
            return gap;
        }
    }

    public int Answers => Volatile.Read(ref _answers);

    /// <summary>The server was killed: clients wait.</summary>
    public void Down() => _up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>It is there again.</summary>
    public void Up() => _up.TrySetResult();

    /// <summary>Runs one client until <paramref name="stop"/> says so between two operations.</summary>
    public async Task RunClientAsync(int client, Func<bool> stop)
    {
        // Seeded: the mix of operations is the same in every run, their interleaving is not.
        Random random = new(seed + client);
        while (!stop())
        {
            _acknowledged.Enqueue(await SendUntilAnsweredAsync(Next(random), client));
            Interlocked.Increment(ref _answers);
            lock (_gate)
            {
                NoteGap();
                _answeredAt = TimeProvider.System.GetTimestamp();
            }
        }
    }

    private static TaskCompletionSource Completed()
    {
        TaskCompletionSource source = new();
        source.SetResult();
        return source;
    }

    private Operation Next(Random random)
    {
        LoadUser user = users[random.Next(users.Count)];
        LoadUser recipient = users[(users.ToList().IndexOf(user) + 1 + random.Next(users.Count - 1)) % users.Count];
        string key = $"load-{seed}-{Interlocked.Increment(ref _keys)}";
        return random.Next(10) switch
        {
            < 3 => new Operation(OperationKind.CardDeposit, key, user.Id, null, 1_000 + random.Next(5_000)),
            3 => new Operation(OperationKind.BankDeposit, key, user.Id, null, 1_000 + random.Next(5_000)),
            < 8 => new Operation(OperationKind.Transfer, key, user.Id, recipient.Id, 1 + random.Next(2_000)),
            _ => new Operation(OperationKind.Withdrawal, key, user.Id, null, 100 + random.Next(2_000)),
        };
    }

    private void NoteGap()
    {
        TimeSpan gap = TimeProvider.System.GetElapsedTime(_answeredAt);
        _longestGap = gap > _longestGap ? gap : _longestGap;
    }

    private async Task<Acknowledged> SendUntilAnsweredAsync(Operation operation, int client)
    {
        for (int attempt = client; ; attempt++)
        {
            await _up.Task;
            try
            {
                if (await TrySendAsync(servers[attempt % servers.Count], operation) is { } answer)
                {
                    return answer;
                }
            }
            catch (HttpRequestException)
            {
                // The connection broke: nothing is known, so the same request goes out again.
            }
            catch (IOException)
            {
            }
            catch (ObjectDisposedException)
            {
            }
            catch (OperationCanceledException)
            {
                // No answer in time: another server is asked the same.
            }

            await Task.Delay(servers.Count > 1 ? Between : TimeSpan.Zero, TimeProvider.System);
        }
    }

    private async Task<Acknowledged?> TrySendAsync(ServerProcess server, Operation operation)
    {
        LoadUser user = users.Single(candidate => candidate.Id == operation.UserId);
        string amount = $"{operation.Cents / 100}.{operation.Cents % 100:00}";
        (string path, object body) = operation.Kind switch
        {
            OperationKind.CardDeposit => ("/wallets/deposit", (object)new { amount, currency = "USD", source_id = user.CardId }),
            OperationKind.BankDeposit => ("/wallets/deposit", new { amount, currency = "USD", source_id = user.BankId }),
            OperationKind.Transfer => ("/wallets/transfers", new { to = operation.RecipientId, amount, currency = "USD" }),
            _ => ("/wallets/withdraw", new { amount, currency = "USD", destination_id = user.BankId }),
        };
        using HttpResponseMessage response = await server.SendAsync(
            HttpMethod.Post, path, body, _tokens.GetValueOrDefault(user.Id, user.Token), operation.Key, servers.Count > 1 ? AnswerPatience : null);
        string text = await response.Content.ReadAsStringAsync();
        JsonElement json = text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text);
        switch (response.StatusCode)
        {
            case HttpStatusCode.Created:
                return new Acknowledged(operation, json.GetProperty("id").GetString(), json.GetProperty("status").GetString());
            case HttpStatusCode.Accepted when !json.TryGetProperty("object", out _):
                // The ledger changed hands: whether it took effect, the same request tells.
                return null;
            case HttpStatusCode.Accepted:
                return new Acknowledged(operation, json.GetProperty("object").GetProperty("id").GetString(), "pending");
            case HttpStatusCode.Conflict when json.GetProperty("code").GetString() == "insufficient_funds":
                return new Acknowledged(operation, null, null);
            case HttpStatusCode.Conflict when json.GetProperty("code").GetString() == "idempotency_key_in_progress":
            case HttpStatusCode.ServiceUnavailable:
                return null;
            case HttpStatusCode.Unauthorized:
                // An access token lives for a quarter of an hour.
                await LogInAgainAsync(server, user);
                return null;
            default:
                _violations.Enqueue($"{path}: {(int)response.StatusCode} {text}");
                return new Acknowledged(operation, null, null);
        }
    }

    private async Task LogInAgainAsync(ServerProcess server, LoadUser user)
    {
        using HttpResponseMessage response = await server.SendAsync(
            HttpMethod.Post, "/auth/login", new { email = user.Email, password = ServerProcess.UserPassword });
        if (response.IsSuccessStatusCode)
        {
            JsonElement tokens = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync());
            _tokens[user.Id] = tokens.GetProperty("access_token").GetString()!;
        }
    }
}
