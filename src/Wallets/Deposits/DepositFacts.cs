using System.Text.Json.Serialization;
using Florin.Flows;
using Florin.Ledger;
using Florin.Providers;

namespace Florin.Wallets.Deposits;

/// <summary>What a deposit remembers. No personal data: ids only.</summary>
internal sealed record DepositFacts
{
    public required Guid UserId { get; init; }

    /// <summary>Smallest units, as text.</summary>
    public required string Amount { get; init; }

    public required string Asset { get; init; }

    public required Guid SourceId { get; init; }

    public required string Provider { get; init; }

    public required string PaymentMethodId { get; init; }

    /// <summary>The kind of payment method: a bank debit is another form of charge, and a repeat must send the same form.</summary>
    public required PaymentMethodKind MethodKind { get; init; }

    public required string CustomerId { get; init; }

    /// <summary>When the call may have left for the first time; set with the durable intent.</summary>
    public DateTimeOffset? SubmittedAt { get; init; }

    public Guid? Permit { get; init; }

    /// <summary>The provider's id of the payment, once it is known.</summary>
    public string? PaymentId { get; init; }

    /// <summary>It is pending without a posting that says so: the account was frozen or closed when the provider began to work on it.</summary>
    public bool? IsUnreserved { get; init; }

    public string? FailureCode { get; init; }

    [JsonIgnore]
    public Money Ordered => FlowFacts.Amount(Amount, Asset);

    public static DepositFacts Of(Flow flow) => FlowFacts.Read<DepositFacts>(flow.Data);

    /// <summary>Whether the provider took exactly what was ordered (fault W-11).</summary>
    public bool Matches(UInt128 minorUnits, string currency) => minorUnits == Ordered.MinorUnits && currency == Asset;
}
