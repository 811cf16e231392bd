using System.Collections.Immutable;
using System.Diagnostics;
using Florin.Flows;
using Florin.Ledger;
using Florin.Payments.Charging;
using Florin.Providers;

namespace Florin.Payments.Subscriptions.Invoices;

/// <summary>Shows invoices, and keeps payments by hand from paying one in part.</summary>
internal sealed class InvoiceService(IFlows flows)
{
    public async ValueTask<Invoice?> GetAsync(Guid merchant, Guid id, CancellationToken cancellationToken) =>
        await FindAsync(merchant, id, cancellationToken) is { } flow ? Present(flow) : null;

    public async ValueTask<ImmutableArray<Invoice>> ListAsync(Guid merchant, Guid? before, int limit, CancellationToken cancellationToken)
    {
        FlowId? cursor = before is { } id ? new FlowId(id) : null;
        ImmutableArray<Flow> page = await flows.ListAsync(PaymentService.OwnerId(merchant), [InvoiceFlow.Kind], cursor, limit, cancellationToken);
        return [.. page.Select(Present)];
    }

    /// <summary>Whether a payment may be begun: one for an invoice is for all of it, and taken at once.</summary>
    public async ValueTask<bool> AllowsAsync(Guid merchant, PaymentOrder order, CancellationToken cancellationToken) =>
        Obligations.InvoiceOf(order.Obligation) is not { } id
        || await FindAsync(merchant, id, cancellationToken) is not { } flow
        || (InvoiceFacts.Of(flow).Due == order.Amount && order.Capture == CaptureMode.Automatic);

    public static Invoice Present(Flow flow)
    {
        InvoiceFacts facts = InvoiceFacts.Of(flow);
        Asset asset = facts.Due.Asset;
        return new Invoice(
            flow.Id.Value,
            facts.Number,
            Status(flow.State, facts),
            facts.SubscriptionId,
            facts.Customer,
            facts.Due,
            FlowFacts.Amount(facts.Credited, facts.Asset),
            [.. facts.Lines.Select(line => line.ToContract(asset))],
            Obligations.Of(flow.Id.Value),
            facts.PaymentId,
            facts.Attempts,
            facts.FailureCode,
            facts.NextAttemptAt,
            facts.IssuedAt);
    }

    private async ValueTask<Flow?> FindAsync(Guid merchant, Guid id, CancellationToken cancellationToken)
    {
        Flow? flow = await flows.GetAsync(new FlowId(id), cancellationToken);
        return flow is { Kind: InvoiceFlow.Kind } && flow.OwnerId == PaymentService.OwnerId(merchant) ? flow : null;
    }

    private static string Status(string state, InvoiceFacts facts) => state switch
    {
        InvoiceFlow.Open or InvoiceFlow.Collecting or InvoiceFlow.Retrying or InvoiceFlow.AwaitingSource => facts.IsOverdue ? "past_due" : "open",
        InvoiceFlow.Paid or InvoiceFlow.Uncollectible => state,
        _ => throw new UnreachableException($"An invoice cannot be in state '{state}'."),
    };
}
