using System.Collections.Immutable;
using Florin.Flows;
using Florin.Payments.Charging;

namespace Florin.Payments.Subscriptions.Invoices;

/// <summary>A payment whose obligation is an invoice tells the invoice when it has come to its end, whoever began it.</summary>
/// <remarks>It takes one more turn for that after the change that ended it, so that what the invoice then reads is durable.</remarks>
internal sealed class InvoicePayments(PaymentHandler payments, IServiceProvider services) : IFlowHandler
{
    /// <summary>The source of signals from payments to invoices.</summary>
    private const string Source = "payment";

    private readonly Lazy<IFlows> _flows = new(() => services.Require<IFlows>());

    public FlowDefinition Definition => payments.Definition;

    public async ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        PaymentFacts facts = PaymentFacts.Of(flow);
        Guid? invoice = Obligations.InvoiceOf(facts.Obligation);
        if (invoice is not null && Definition.State(flow.State).IsFinal)
        {
            await RingAsync(flow, facts, invoice.Value, cancellationToken);
        }

        FlowDecision decision = await payments.DecideAsync(flow, signals, cancellationToken);
        return invoice is not null && decision is FlowDecision.Move { Delay: null } move && Definition.State(move.To).IsFinal
            ? move with { Delay = TimeSpan.Zero }
            : decision;
    }

    private async ValueTask RingAsync(Flow payment, PaymentFacts facts, Guid invoice, CancellationToken cancellationToken)
    {
        // A merchant may give an obligation of its own a name that looks like ours.
        if (await _flows.Value.GetAsync(new FlowId(invoice), cancellationToken) is { Kind: InvoiceFlow.Kind } flow
            && flow.OwnerId == PaymentService.OwnerId(facts.MerchantId))
        {
            await _flows.Value.SignalAsync(
                flow.Id, Source, $"{payment.Id}:{payment.Version}", payment.State, OutsideEvidence.SignalPayload(payment.Id.ToString()), cancellationToken);
        }
    }
}
