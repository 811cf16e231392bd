using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Payments.Subscriptions.Invoices;

/// <summary>What an invoice remembers of how it is collected. Number, lines and total are copies of its row, which never changes.</summary>
internal sealed record InvoiceFacts
{
    public required Guid MerchantId { get; init; }

    public required Guid SubscriptionId { get; init; }

    public required string Customer { get; init; }

    public required long Number { get; init; }

    /// <summary>Smallest units, as text.</summary>
    public required string Total { get; init; }

    public required string Credited { get; init; }

    public required string Asset { get; init; }

    public required ImmutableArray<DraftLine> Lines { get; init; }

    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>What the next attempt is made with.</summary>
    public required string PaymentSource { get; init; }

    /// <summary>Payments that were begun by schedule.</summary>
    public int Attempts { get; init; }

    /// <summary>What the last attempt was made with: its order, to be repeated as it was.</summary>
    public string? AttemptSource { get; init; }

    /// <summary>From when the days of the retries count.</summary>
    public DateTimeOffset? FirstFailedAt { get; init; }

    public DateTimeOffset? NextAttemptAt { get; init; }

    public string? FailureCode { get; init; }

    public Guid? PaymentId { get; init; }

    /// <summary>Its subscription has ended: it is not collected by schedule any more.</summary>
    public bool IsClosed { get; init; }

    [JsonIgnore]
    public Money Due => FlowFacts.Amount(Total, Asset);

    /// <summary>An attempt failed, and it is not paid since.</summary>
    [JsonIgnore]
    public bool IsOverdue => FirstFailedAt is not null;

    public static InvoiceFacts Of(Flow flow) => FlowFacts.Read<InvoiceFacts>(flow.Data);
}
