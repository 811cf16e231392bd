using System.Collections.Immutable;
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

    /// <summary>The provider's id of the payment's one capture, where captures have an id; its first, where there are several.</summary>
    public string? CaptureId { get; init; }

    /// <summary>The payment was captured in parts that are refunded one by one: each part of the refund names its capture.</summary>
    public bool IsSpread { get; init; }

    /// <summary>Smallest units, as text.</summary>
    public required string Amount { get; init; }

    public required string Asset { get; init; }

    /// <summary>What of it the house gives back of its fee; smallest units, as text.</summary>
    public required string FeeShare { get; init; }

    public required string Reason { get; init; }

    /// <summary>When the call of the open part may have left for the first time; set with the durable intent.</summary>
    public DateTimeOffset? SubmittedAt { get; init; }

    public Guid? Permit { get; init; }

    /// <summary>The provider's id of the refund that was told of last.</summary>
    public string? RefundId { get; init; }

    /// <summary>What the provider is or was asked for, in that order; only the last may be open.</summary>
    public ImmutableArray<RefundPart> Parts { get; init; } = [];

    public string? FailureCode { get; init; }

    /// <summary>Whether it succeeded after it was given up for failed.</summary>
    public bool IsLate { get; init; }

    /// <summary>What of it was taken from what can be refunded when it succeeded late; smallest units, as text.</summary>
    public string LateReserve { get; init; } = "0";

    /// <summary>Whether the payment was told of the present state.</summary>
    public bool IsTold { get; init; }

    [JsonIgnore]
    public Money Ordered => FlowFacts.Amount(Amount, Asset);

    [JsonIgnore]
    public UInt128 FeeUnits => FlowFacts.Amount(FeeShare, Asset).MinorUnits;

    /// <summary>What is with the payer.</summary>
    [JsonIgnore]
    public UInt128 GivenBack => Parts.Where(part => part.IsDone).Aggregate(UInt128.Zero, (sum, part) => sum + Units(part));

    /// <summary>What the provider was not asked for yet, and what it refused.</summary>
    [JsonIgnore]
    public UInt128 Missing => Ordered.MinorUnits - Parts.Where(part => part.IsDone || part.IsOpen).Aggregate(UInt128.Zero, (sum, part) => sum + Units(part));

    [JsonIgnore]
    public RefundPart Last => Parts[^1];

    public UInt128 Units(RefundPart part) => FlowFacts.Amount(part.Amount, Asset).MinorUnits;

    /// <summary>With another state of the last part.</summary>
    public RefundFacts With(RefundPart last) => this with { Parts = Parts.SetItem(Parts.Length - 1, last) };

    public static RefundFacts Of(Flow flow)
    {
        RefundFacts facts = FlowFacts.Read<RefundFacts>(flow.Data);

        // One that was sent before there were parts is one part.
        return facts.Parts.IsEmpty && flow.State is not (RefundFlow.Created or RefundFlow.AwaitingFunds)
            ? facts with
            {
                Parts =
                [
                    new RefundPart(
                        facts.CaptureId,
                        facts.Amount,
                        flow.State switch { RefundFlow.Succeeded => RefundPart.Done, RefundFlow.Failed => facts.FailureCode ?? FailureCodes.Declined, _ => null },
                        facts.RefundId),
                ],
            }
            : facts;
    }
}

/// <summary>What the provider is asked for at once.</summary>
/// <param name="CaptureId">The capture that it gives back of; null where refunds are of the payment.</param>
/// <param name="Amount">Smallest units, as text.</param>
/// <param name="Outcome">Null while it is open, <see cref="Done"/>, or why it failed.</param>
/// <param name="RefundId">The provider's id, once it is known.</param>
internal sealed record RefundPart(string? CaptureId, string Amount, string? Outcome = null, string? RefundId = null)
{
    public const string Done = "done";

    /// <summary>The most parts of one refund, refused ones included.</summary>
    public const int CountMax = 100;

    private const char Separator = ':';

    [JsonIgnore]
    public bool IsOpen => Outcome is null;

    [JsonIgnore]
    public bool IsDone => Outcome == Done;

    /// <summary>How the provider knows a part. The first is known by the flow alone.</summary>
    public static string ReferenceOf(FlowId flow, int index) => index == 0 ? flow.ToString() : $"{flow}{Separator}{index}";

    /// <summary>A step of a part, in keys and in the ids of its postings.</summary>
    public static string Step(string name, int index) => index == 0 ? name : $"{name}{Separator}{index}";

    /// <summary>The flow that a reference names, whichever part it is of.</summary>
    public static string FlowOf(string reference) => reference.Split(Separator)[0];
}
