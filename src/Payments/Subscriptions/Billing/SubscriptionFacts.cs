using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Florin.Flows;
using Florin.Payments.Subscriptions.Invoices;
using Florin.Payments.Subscriptions.Plans;

namespace Florin.Payments.Subscriptions.Billing;

/// <summary>What a subscription remembers. No personal data: the merchant's reference of the customer, and ids.</summary>
internal sealed record SubscriptionFacts
{
    public required Guid MerchantId { get; init; }

    public required string Customer { get; init; }

    public required string PaymentSource { get; init; }

    /// <summary>Counts the changes of the payment source.</summary>
    public int SourceChanges { get; init; }

    public required PlanFacts Plan { get; init; }

    /// <summary>What takes effect with the next period.</summary>
    public PlanFacts? NextPlan { get; init; }

    /// <summary>From where periods are counted; whole seconds, UTC.</summary>
    public required DateTimeOffset Anchor { get; init; }

    /// <summary>Periods that began since the anchor: the present one ends so many after it.</summary>
    public int Periods { get; init; }

    public DateTimeOffset? PeriodStart { get; init; }

    /// <summary>When the present period, or the trial, ends. While paused, when it would have.</summary>
    public required DateTimeOffset PeriodEnd { get; init; }

    /// <summary>The whole length of the present period as it was sold; a pause moves its end and not this.</summary>
    public long PeriodSeconds { get; init; }

    /// <summary>While paused: what is left of the period or the trial.</summary>
    public long? PausedSeconds { get; init; }

    public bool CancelsAtPeriodEnd { get; init; }

    public string? EndReason { get; init; }

    /// <summary>Invoices that were decided on; the number goes into their ids.</summary>
    public int Drafted { get; init; }

    /// <summary>The newest invoice, to be issued if it is not yet.</summary>
    public InvoiceDraft? Draft { get; init; }

    /// <summary>Invoices that were not seen to be settled, oldest first.</summary>
    public ImmutableArray<Guid> Open { get; init; } = [];

    /// <summary>The merchant's requests, in the order in which they were considered.</summary>
    public ImmutableArray<SubscriptionCommand> Commands { get; init; } = [];

    [JsonIgnore]
    public bool IsTrial => PeriodStart is null;

    [JsonIgnore]
    public TimeSpan Period => TimeSpan.FromSeconds(PeriodSeconds);

    public static SubscriptionFacts Of(Flow flow) => FlowFacts.Read<SubscriptionFacts>(flow.Data);

    /// <summary>What is left of the period or the trial.</summary>
    public TimeSpan Left(DateTimeOffset now) => PausedSeconds is { } seconds ? TimeSpan.FromSeconds(seconds)
        : now < PeriodEnd ? PeriodEnd - now
        : TimeSpan.Zero;

    /// <summary>With an invoice that is decided on now; its id follows from the subscription and its place in the row.</summary>
    public SubscriptionFacts WithDraft(FlowId subscription, DateTimeOffset now, params ImmutableArray<DraftLine> lines)
    {
        int number = Drafted + 1;
        Guid id = FlowId.FromIdempotencyKey("florin", "invoice", $"{subscription}:{number}").Value;
        return this with { Drafted = number, Draft = new InvoiceDraft(id, now, lines), Open = Open.Add(id) };
    }

    /// <summary>With a command that was considered.</summary>
    public SubscriptionFacts Considered(SubscriptionCommand command, bool isDone) => this with
    {
        Commands = Commands.Add(command with { Plan = null, PaymentSource = null, IsDone = isDone }),
    };
}
