using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Wallets.Payouts;

/// <summary>What a batch remembers. No personal data: ids only.</summary>
internal sealed record PayoutBatchFacts
{
    public required Guid MerchantId { get; init; }

    /// <summary>The day of the run, UTC.</summary>
    public required DateOnly Period { get; init; }

    public required DateTimeOffset PayAt { get; init; }

    public required ImmutableArray<PayoutLineFacts> Lines { get; init; }

    /// <summary>The batch of a merchant's day, whoever plans it and how often.</summary>
    public static FlowId IdOf(Guid merchant, DateOnly period) =>
        FlowId.FromIdempotencyKey("florin", PayoutBatchFlow.Kind, $"{merchant:D}:{period:yyyy-MM-dd}");

    public static PayoutBatchFacts Of(Flow flow) => FlowFacts.Read<PayoutBatchFacts>(flow.Data);

    public PayoutBatchFacts With(PayoutLineFacts line) => this with
    {
        Lines = [.. Lines.Select(other => other.Asset == line.Asset ? line : other)],
    };

    public PayoutBatch Present(Flow flow) => new(
        flow.Id.Value, flow.State, Period, PayAt, [.. Lines.Select(line => line.Present(flow.Id))], flow.CreatedAt);
}

/// <summary>One currency of a batch.</summary>
internal sealed record PayoutLineFacts
{
    public const string Planned = "planned";
    public const string Claimed = "claimed";
    public const string Skipped = "skipped";
    public const string BySchedule = "schedule";
    public const string ByHand = "hand";

    public required string Asset { get; init; }

    /// <summary>Smallest units, as text.</summary>
    public required string Amount { get; init; }

    /// <summary>Smallest units, as text.</summary>
    public required string Minimum { get; init; }

    public required Guid DestinationId { get; init; }

    public string Status { get; init; } = Planned;

    public string? ClaimedBy { get; init; }

    public string? SkippedReason { get; init; }

    public Guid? PayoutId { get; init; }

    [JsonIgnore]
    public Money Ordered => FlowFacts.Amount(Amount, Asset);

    [JsonIgnore]
    public UInt128 MinimumUnits => FlowFacts.Amount(Minimum, Asset).MinorUnits;

    /// <summary>What is paid once: the line's id, and the flows' obligation.</summary>
    public string IdIn(FlowId batch) => $"payout_line:{batch}:{Asset}";

    public PayoutLineFacts ClaimedAs(Guid payout, string by) => this with { Status = Claimed, ClaimedBy = by, PayoutId = payout };

    public PayoutLineFacts LeftOut(string reason) => this with { Status = Skipped, SkippedReason = reason };

    public PayoutLine Present(FlowId batch) => new(IdIn(batch), Ordered, DestinationId, Status, ClaimedBy, SkippedReason, PayoutId);
}
