using System.Collections.Concurrent;

namespace Florin.Tests.Flows;

/// <summary>A provider outside of everything that crashes: keeps each effect under its idempotency key, and counts the calls.</summary>
internal sealed class Outside
{
    private readonly ConcurrentDictionary<string, string> effects = new();
    private int calls;

    public int Calls => Volatile.Read(ref calls);

    /// <summary>The effects that really happened.</summary>
    public IReadOnlyCollection<string> Effects => [.. effects.Keys];

    /// <summary>The status that the provider tells of its object.</summary>
    public string Status { get; set; } = "succeeded";

    /// <returns>The provider's id of its object.</returns>
    public string Charge(string idempotencyKey)
    {
        Interlocked.Increment(ref calls);
        return effects.GetOrAdd(idempotencyKey, key => "pi_" + key);
    }
}
