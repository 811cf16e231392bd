using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.PayPal;

/// <summary>Remembers which object a <c>PayPal-Request-Id</c> made: a repeat is answered with that object as it is now, with 200.</summary>
/// <remarks>Bodies are not compared: PayPal does not say that it does. Source: developer.paypal.com/reference/guidelines/idempotency.</remarks>
internal sealed class RequestIds
{
    public const string Header = "PayPal-Request-Id";

    /// <summary>What Orders takes at most.</summary>
    public const int CharactersMax = 108;

    private readonly ConcurrentDictionary<string, byte> running = new();

    /// <summary>Takes a key for the time that its request runs.</summary>
    /// <returns><see langword="false"/> when another request with the key is running.</returns>
    public bool TryEnter(string key) => running.TryAdd(key, 0);

    public void Leave(string key) => running.TryRemove(key, out _);

    public static string KeyOf(PayPalRoute route, string path, string requestId) => $"key:{route.Operation}:{path}:{requestId}";

    /// <summary>The object that the key made, unless it is forgotten.</summary>
    public static StoredObject? Find(UnitOfWork unit, PayPalRoute route, string key) =>
        unit.Find(ObjectTypes.IdempotencyKey, key) is { } stored
        && unit.Now.ToUnixTimeMilliseconds() - stored.Body.Number("at_ms") < (long)LifeOf(route.RequestId).TotalMilliseconds
            ? unit.Find(stored.Body.Text("subject")!)
            : null;

    public static void Remember(UnitOfWork unit, string key, string subject)
    {
        var body = unit.Find(key) is null ? unit.Add(ObjectTypes.IdempotencyKey, key, new JsonObject()).Body : unit.Edit(key).Body;
        body["subject"] = subject;
        body["at_ms"] = unit.Now.ToUnixTimeMilliseconds();
    }

    private static TimeSpan LifeOf(RequestIdRule rule) => rule switch
    {
        RequestIdRule.Orders => TimeSpan.FromHours(6),
        RequestIdRule.Payments => TimeSpan.FromDays(45),
        RequestIdRule.Vault => TimeSpan.FromHours(3),
        _ => TimeSpan.Zero,
    };
}
