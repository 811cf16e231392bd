using System.Text.Json.Serialization;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Wallets.Recovered;

/// <summary>What is known of a provider's object whose flow is gone.</summary>
internal sealed record RecoveredFacts
{
    public required string Provider { get; init; }

    /// <summary>The provider's id of it.</summary>
    public required string ObjectId { get; init; }

    /// <summary>Whether money went out by it; otherwise it came in.</summary>
    public required bool IsPayout { get; init; }

    /// <summary>What the provider says that it moves, in smallest units, as text.</summary>
    public required string Amount { get; init; }

    public required string Asset { get; init; }

    [JsonIgnore]
    public Money Moved => FlowFacts.Amount(Amount, Asset);

    [JsonIgnore]
    public string Reference => $"{Provider}:{ObjectId}";

    public static RecoveredFacts Of(Flow flow) => FlowFacts.Read<RecoveredFacts>(flow.Data);
}
