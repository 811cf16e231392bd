using System.Globalization;
using System.Text.Json.Serialization;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Payments.Settlement;

/// <summary>What a settlement remembers.</summary>
internal sealed record SettlementFacts
{
    public required string Provider { get; init; }

    /// <summary>The provider's id of the transfer.</summary>
    public required string BatchId { get; init; }

    /// <summary>The name in our bank's accounts.</summary>
    public required string Bank { get; init; }

    /// <summary>Signed smallest units, as text: what the bank gets.</summary>
    public required string Amount { get; init; }

    public required string Asset { get; init; }

    /// <summary>Lines that came with it for the first time.</summary>
    public int Lines { get; init; }

    /// <summary>Lines that came before, with another transfer.</summary>
    public int Duplicates { get; init; }

    /// <summary>The number of the last line that is posted.</summary>
    public int PostedThrough { get; init; }

    public bool IsTold { get; init; }

    /// <summary>It came back and was paid by a later transfer.</summary>
    public bool IsRepaid { get; init; }

    [JsonIgnore]
    public Int128 Net => Int128.Parse(Amount, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    [JsonIgnore]
    public Asset Currency => Assets.Get(Asset);

    public static string Text(Int128 amount) => amount.ToString(CultureInfo.InvariantCulture);

    public static SettlementFacts Of(Flow flow) => FlowFacts.Read<SettlementFacts>(flow.Data);
}
