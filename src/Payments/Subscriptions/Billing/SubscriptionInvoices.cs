using System.Collections.Immutable;
using Florin.Flows;
using Florin.Payments.Charging;
using Florin.Payments.Subscriptions.Invoices;

namespace Florin.Payments.Subscriptions.Billing;

/// <summary>How the invoices of a subscription stand.</summary>
/// <param name="Open">Those that are neither paid nor given up, and those given up that stand in the way of an unpaid subscription.</param>
/// <param name="IsOverdue">An attempt to collect one has failed.</param>
/// <param name="IsGivenUp">The retries of one are over.</param>
internal sealed record InvoiceStanding(ImmutableArray<Guid> Open, bool IsOverdue, bool IsGivenUp);

/// <summary>Issues the invoices of a subscription, tells them what concerns them and reads how they stand.</summary>
internal sealed class SubscriptionInvoices(InvoiceBook book, IServiceProvider services)
{
    // The runner is made of the handlers, which use this.
    private readonly Lazy<IFlows> _flows = new(() => services.Require<IFlows>());

    /// <summary>
    /// Issues what was decided on and is not issued yet: its row with its number first, then the flow that collects it. Each is made once under the draft's id, so
    /// that a run which died between them is simply repeated.
    /// </summary>
    public async ValueTask IssueAsync(Flow subscription, SubscriptionFacts facts, CancellationToken cancellationToken)
    {
        if (facts.Draft is not { } draft || await _flows.Value.GetAsync(new FlowId(draft.Id), cancellationToken) is not null)
        {
            return;
        }

        IssuedInvoice issued = await book.IssueAsync(
            facts.MerchantId, subscription.Id.Value, facts.Customer, facts.Plan.Price.Asset, draft, cancellationToken);
        FlowStart start = new()
        {
            Id = new FlowId(draft.Id),
            Kind = InvoiceFlow.Kind,
            State = InvoiceFlow.Open,
            OwnerId = PaymentService.OwnerId(facts.MerchantId),
            Data = FlowFacts.Write(new InvoiceFacts
            {
                MerchantId = facts.MerchantId,
                SubscriptionId = subscription.Id.Value,
                Customer = facts.Customer,
                Number = issued.Number,
                Total = issued.Total,
                Credited = issued.Credited,
                Asset = facts.Plan.Asset,
                Lines = issued.Lines,
                IssuedAt = issued.IssuedAt,
                PaymentSource = facts.PaymentSource,
            }),
            RequestHash = RequestHash.Of("invoice", $"{draft.Id}"),
            Actor = $"subscription:{subscription.Id}",
        };
        await _flows.Value.StartAsync(start, TimeSpan.Zero, cancellationToken);
    }

    /// <summary>Reads the invoices that were not seen to be settled, and tells them of a payment source that is not theirs.</summary>
    public async ValueTask<InvoiceStanding> ReadAsync(SubscriptionFacts facts, CancellationToken cancellationToken)
    {
        ImmutableArray<Guid>.Builder open = ImmutableArray.CreateBuilder<Guid>();
        bool isOverdue = false;
        bool isGivenUp = false;
        foreach (Guid id in facts.Open)
        {
            if (await _flows.Value.GetAsync(new FlowId(id), cancellationToken) is not { State: not InvoiceFlow.Paid } flow)
            {
                continue;
            }

            InvoiceFacts invoice = InvoiceFacts.Of(flow);
            open.Add(id);
            isOverdue |= invoice.IsOverdue;
            isGivenUp |= flow.State == InvoiceFlow.Uncollectible;
            if (invoice.PaymentSource != facts.PaymentSource)
            {
                await _flows.Value.TellSourceAsync(id, facts.PaymentSource, facts.SourceChanges, cancellationToken);
            }
        }

        return new InvoiceStanding(open.ToImmutable(), isOverdue, isGivenUp);
    }

    /// <summary>Ends the collection of what is open.</summary>
    public async ValueTask CloseAsync(SubscriptionFacts facts, CancellationToken cancellationToken)
    {
        foreach (Guid id in facts.Open)
        {
            await _flows.Value.TellCloseAsync(id, cancellationToken);
        }
    }
}
