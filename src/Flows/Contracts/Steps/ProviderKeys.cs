namespace Florin.Flows;

/// <summary>The idempotency keys that the provider sees: the same flow and step always give the same key.</summary>
public static class ProviderKeys
{
    public static string Of(FlowId flow, string step) => $"florin:{flow}:{step}";
}
