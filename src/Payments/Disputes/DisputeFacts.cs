using System.Text.Json.Serialization;
using Florin.Flows;
using Florin.Ledger;
using Florin.Providers;

namespace Florin.Payments.Disputes;

/// <summary>What a dispute remembers. No personal data: ids only.</summary>
internal sealed record DisputeFacts
{
    /// <summary>The payment's flow.</summary>
    public required Guid PaymentId { get; init; }

    public required Guid MerchantId { get; init; }

    public required string Provider { get; init; }

    /// <summary>The provider's id of the dispute.</summary>
    public required string DisputeId { get; init; }

    /// <summary>Smallest units, as text; so are all amounts here. Zero until it was read.</summary>
    public string Amount { get; init; } = "0";

    public required string Asset { get; init; }

    public string Reason { get; init; } = "";

    public DateTimeOffset? EvidenceDueBy { get; init; }

    /// <summary>How often the money was withheld: the second time after it was won and opened again .</summary>
    public int Legs { get; init; }

    /// <summary>Whether the present leg keeps a part of what can be refunded.</summary>
    public bool HasReserve { get; init; }

    /// <summary>How much of it; <see langword="null"/> in flows from before this was remembered, which keep what they have.</summary>
    public string? Reserved { get; init; }

    /// <summary>By how many transactions, when by more than the first.</summary>
    public int Memos { get; init; }

    /// <summary>What of a lost dispute had been given back before, and is claimed from the provider.</summary>
    public string Claimed { get; init; } = "0";

    /// <summary>What of a lost leg was owed and has been repaid from what was kept back.</summary>
    public string Repaid { get; init; } = "0";

    /// <summary>Of a dispute in another currency than its payment; else null.</summary>
    public DisputeExchangeFacts? Exchange { get; init; }

    public string FeePosted { get; init; } = "0";

    /// <summary>Whether the payment was told of the present state.</summary>
    public bool IsTold { get; init; }

    [JsonIgnore]
    public Money Disputed => FlowFacts.Amount(Amount, Asset);

    [JsonIgnore]
    public int MemoCount => HasReserve ? Math.Max(Memos, 1) : 0;

    /// <summary>What of the disputed amount is not kept from being refunded: it was given back before, or refunds that were under way had it.</summary>
    [JsonIgnore]
    public UInt128 Unreserved => Reserved is { } reserved ? Disputed.MinorUnits - FlowFacts.Amount(reserved, Asset).MinorUnits : UInt128.Zero;

    /// <summary>With one transaction more that keeps so much.</summary>
    public DisputeFacts Keeping(UInt128 more) => more == 0 ? this : this with
    {
        HasReserve = true,
        Memos = MemoCount + 1,
        Reserved = FlowFacts.AmountText(checked(FlowFacts.Amount(Reserved ?? "0", Asset).MinorUnits + more)),
    };

    [JsonIgnore]
    public Money ClaimedMoney => FlowFacts.Amount(Claimed, Asset);

    /// <summary>What the provider's dispute is about, or <see langword="null"/> when that is something else than what is held.</summary>
    public DisputeFacts? Read(AcquirerDispute dispute)
    {
        DisputeFacts read = this with { Reason = OutsideEvidence.Code(dispute.Reason), EvidenceDueBy = dispute.EvidenceDueBy };
        if (dispute.Currency == Asset)
        {
            return Exchange is not null || (Legs > 0 && dispute.MinorUnits != Disputed.MinorUnits) ? null : read with { Amount = FlowFacts.AmountText(dispute.MinorUnits) };
        }

        string original = FlowFacts.AmountText(dispute.MinorUnits);
        bool isKnown = dispute.Exchange is { } now && now.Currency == Asset && Assets.TryGet(dispute.Currency, out _)
            && (Legs == 0 || Exchange is { } known && (known.Amount, known.Asset) == (original, dispute.Currency));
        return !isKnown ? null : read with
        {
            // The part at the rate of the payment stays what it was when the first leg was opened.
            Amount = Legs == 0 ? FlowFacts.AmountText(dispute.Exchange!.MinorUnits) : Amount,
            Exchange = Exchange ?? new DisputeExchangeFacts { Amount = original, Asset = dispute.Currency },
        };
    }

    public static DisputeFacts Of(Flow flow) => FlowFacts.Read<DisputeFacts>(flow.Data);
}
