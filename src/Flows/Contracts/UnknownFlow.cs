namespace Florin.Flows;

/// <summary>A flow of which it is not known what the provider did: its outcome is unknown, or a cancellation that was asked for is not confirmed.</summary>
/// <param name="Since">When the answer was lost, or the cancellation first asked for; requests that were repeated since do not count anew.</param>
public sealed record UnknownFlow(Flow Flow, DateTimeOffset Since);
