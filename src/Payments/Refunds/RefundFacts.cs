using System.Text.Json.Serialization;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Payments.Refunds;

/// <summary>What a refund remembers. No personal data: ids only.</summary>
internal sealed record RefundFacts
{
    /// <summary>The payment's flow.</summary>
    public required Guid PaymentId { get; init; }

    public required Guid MerchantId { get; init; }

    public required string Provider { get; init; }

    /// <summary>The provider's id of the payment.</summary>
    public required string ProviderPaymentId { get; init; }

    /// <summary>The provider's id of the capture, where captures have one.</summary>
    public string? CaptureId { get; init; }

    /// <summary>Smallest units, as text.</summary>
    public required string Amount { get; init; }

    public required string Asset { get; init; }

    /// <summary>What of it the house gives back of its fee; smallest units, as text.</summary>
    public required string FeeShare { get; init; }

    public required string Reason { get; init; }

    /// <summary>When the call may have left for the first time; set with the durable intent.</summary>
    public DateTimeOffset? SubmittedAt { get; init; }

    public Guid? Permit { get; init; }

    /// <summary>The provider's id of the refund, once it is known.</summary>
    public string? RefundId { get; init; }

    public string? FailureCode { get; init; }

    /// <summary>Whether it succeeded after it was given up for failed.</summary>
    public bool IsLate { get; init; }

    /// <summary>Whether the payment was told of the present state.</summary>
    public bool IsTold { get; init; }

    [JsonIgnore]
    public Money Ordered => FlowFacts.Amount(Amount, Asset);

    [JsonIgnore]
    public UInt128 FeeUnits => FlowFacts.Amount(FeeShare, Asset).MinorUnits;

    public static RefundFacts Of(Flow flow) => FlowFacts.Read<RefundFacts>(flow.Data);
}
