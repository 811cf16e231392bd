using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary>Remembers the first answer to each key for 24 hours of the sandbox's clock. Source: docs.stripe.com/api/idempotent_requests.</summary>
internal sealed class IdempotencyKeys
{
    private readonly ConcurrentDictionary<string, byte> running = new();

    /// <summary>Takes a key for the time that its request runs.</summary>
    /// <returns><see langword="false"/> when another request with the key is running.</returns>
    public bool TryEnter(string key) => running.TryAdd(key, 0);

    public void Leave(string key) => running.TryRemove(key, out _);

    /// <summary>What was asked for, in one text: the same for the same parameters in another order.</summary>
    public static string Fingerprint(string method, string path, JsonObject parameters) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{method} {path} {Sort(parameters)!.ToText()}")));

    /// <summary>The remembered answer, or the refusal of other parameters; <see langword="null"/> when the key is new.</summary>
    public static RememberedAnswer? Find(UnitOfWork unit, string key, string fingerprint)
    {
        if (unit.Find(ObjectTypes.IdempotencyKey, IdOf(key)) is not { } stored || IsOver(unit, stored))
        {
            return null;
        }

        if (stored.Body.Text("fingerprint") == fingerprint)
        {
            return new RememberedAnswer(
                checked((int)stored.Body.Number("status")), stored.Body.Text("answer")!, stored.Body.Text("request_id")!, IsReplay: true);
        }

        var message = $"Keys for idempotent requests can only be used with the same parameters they were first used with. "
            + $"Try using a key other than '{key}' if you meant to execute a different request.";
        return new RememberedAnswer(400, StripeAnswer.Error("idempotency_error", message, null, null).ToText(), string.Empty, IsReplay: false);
    }

    public static void Remember(UnitOfWork unit, string key, string fingerprint, int status, string answer)
    {
        var id = IdOf(key);
        var body = unit.Find(id) is null ? unit.Add(ObjectTypes.IdempotencyKey, id, []).Body : unit.Edit(id).Body;
        body["key"] = key;
        body["fingerprint"] = fingerprint;
        body["status"] = (long)status;
        body["answer"] = answer;
        body["request_id"] = unit.Origin?.RequestId;
        body["at"] = unit.UnixNow;
    }

    private static string IdOf(string key) => $"key:{key}";

    private static bool IsOver(UnitOfWork unit, StoredObject stored) =>
        unit.UnixNow - stored.Body.Number("at") >= (long)Limits.IdempotencyKeyLife.TotalSeconds;

    private static JsonNode? Sort(JsonNode? node) => node switch
    {
        JsonObject hash => new JsonObject(hash.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, Sort(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sort)]),
        _ => node?.DeepClone(),
    };
}

/// <param name="IsReplay">Whether this is an earlier answer; otherwise it is the refusal of other parameters.</param>
internal sealed record RememberedAnswer(int Status, string Answer, string RequestId, bool IsReplay);
