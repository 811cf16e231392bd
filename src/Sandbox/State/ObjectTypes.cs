namespace Florin.Sandbox.State;

/// <summary>Types of the sandbox's own book-keeping. They are journaled like the provider's objects and never shown on the wire.</summary>
internal static class ObjectTypes
{
    /// <summary>Work that falls due at an instant of the sandbox's clock.</summary>
    public const string Due = "_due";

    /// <summary>One event on its way to one endpoint.</summary>
    public const string Delivery = "_delivery";

    /// <summary>An idempotency key with the answer that belongs to it.</summary>
    public const string IdempotencyKey = "_idempotency_key";

    /// <summary>How far the clock was moved.</summary>
    public const string Clock = "_clock";

    public static bool IsBookkeeping(string type) => type.StartsWith('_');
}
