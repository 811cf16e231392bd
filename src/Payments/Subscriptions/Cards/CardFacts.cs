using Florin.Flows;

namespace Florin.Payments.Subscriptions.Cards;

/// <summary>What a watch remembers.</summary>
internal sealed record CardFacts
{
    public required Guid SubscriptionId { get; init; }

    public required string Customer { get; init; }

    public required string Provider { get; init; }

    public required string PaymentSource { get; init; }

    /// <summary>The last day, in UTC, on which it can be charged.</summary>
    public DateOnly? LastDay { get; init; }

    public static CardFacts Of(Flow flow) => FlowFacts.Read<CardFacts>(flow.Data);

    /// <summary>When its last day is over.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public DateTimeOffset EndsAt => new(LastDay!.Value.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero);
}
