using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Payments.Subscriptions.Invoices;

/// <summary>An invoice that a subscription has decided on and that is to be issued under this id: durable with the decision, before it has its number.</summary>
/// <param name="At">When it was decided.</param>
internal sealed record InvoiceDraft(Guid Id, DateTimeOffset At, ImmutableArray<DraftLine> Lines);

/// <param name="Amount">Smallest units, as text.</param>
internal sealed record DraftLine(string Kind, Guid? PlanId, int? PlanVersion, DateTimeOffset? From, DateTimeOffset? To, string Amount, bool IsCredit)
{
    public UInt128 Units(string asset) => FlowFacts.Amount(Amount, asset).MinorUnits;

    public InvoiceLine ToContract(Asset asset) => new(Kind, PlanId, PlanVersion, From, To, FlowFacts.Amount(Amount, asset.Code), IsCredit);
}

/// <summary>The words of <see cref="DraftLine.Kind"/>; the database knows them too.</summary>
internal static class LineKinds
{
    public const string Period = "period";
    public const string ProrationCharge = "proration_charge";
    public const string ProrationCredit = "proration_credit";
    public const string CustomerCredit = "customer_credit";
}
