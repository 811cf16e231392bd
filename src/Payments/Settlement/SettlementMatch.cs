using System.Diagnostics;
using Florin.Flows;
using Florin.Payments.Charging;
using Florin.Payments.Refunds;
using Florin.Providers;

namespace Florin.Payments.Settlement;

/// <summary>Finds what a line belongs to: by the provider's ids alone, never by amount or day (fault I-14).</summary>
internal sealed class SettlementMatch(IFlows flows, SettlementStore store)
{
    /// <returns>The row with its match; in suspense when it belongs to nothing that we know.</returns>
    public async ValueTask<SettlementRow> OfAsync(SettlementFacts facts, SettlementRow row, CancellationToken cancellationToken)
    {
        SettlementLine line = row.Line;
        if (line.Currency != facts.Asset)
        {
            return Nobody(row);
        }

        switch (line.Kind)
        {
            case SettlementLineKind.Fee or SettlementLineKind.Withheld or SettlementLineKind.Carried:
                return row with { FlowId = null, Difference = 0, IsSuspense = false };

            case SettlementLineKind.BatchReturned:
                Flow? earlier = await flows.GetAsync(SettlementService.IdOf(facts.Provider, line.SourceId), cancellationToken);
                return earlier is null ? Nobody(row) : row with { FlowId = null, Difference = 0, IsSuspense = false };

            case SettlementLineKind.Other:
                return Nobody(row);

            case SettlementLineKind.Payout:
                // A payout is another module's, which knows what it is worth.
                return await FindAsync(facts, line, cancellationToken) is { } payout
                    ? row with { FlowId = payout.Id.Value, Difference = 0, IsSuspense = false }
                    : Nobody(row);

            case SettlementLineKind.Payment:
                return await OfPaymentAsync(facts, row, cancellationToken);

            case SettlementLineKind.Refund or SettlementLineKind.RefundReturned or SettlementLineKind.Dispute or SettlementLineKind.DisputeReversal
                or SettlementLineKind.PaymentReversal:
                Flow? payment = await FindPaymentAsync(facts, line, cancellationToken);

                // Nothing but a payment of ours has refunds and disputes in the books.
                return payment is { Kind: PaymentFlow.Kind } && PaymentFacts.Of(payment).Asset == facts.Asset
                    ? row with { FlowId = payment.Id.Value, Difference = 0, IsSuspense = false }
                    : Nobody(row);

            default:
                throw new UnreachableException();
        }
    }

    private async ValueTask<SettlementRow> OfPaymentAsync(SettlementFacts facts, SettlementRow row, CancellationToken cancellationToken)
    {
        Flow? flow = await FindAsync(facts, row.Line, cancellationToken);
        if (flow is null || row.Line.Gross <= 0)
        {
            return Nobody(row);
        }

        SettlementRow matched = row with { FlowId = flow.Id.Value, Difference = 0, IsSuspense = false };
        if (flow.Kind != PaymentFlow.Kind)
        {
            // A deposit, which another module keeps.
            return matched;
        }

        PaymentFacts payment = PaymentFacts.Of(flow);
        if (payment.Asset != facts.Asset)
        {
            return Nobody(row);
        }

        // Each capture is a line. With the last one it shows whether as much was settled as was captured; before it, nothing can be said.
        (UInt128 before, int lines) = await store.BeforeAsync(facts.Provider, facts.BatchId, row.Number, flow.Id.Value, cancellationToken);
        bool isWhole = PaymentFlow.IsTaken(flow.State) && lines + 1 >= payment.Captures;
        return isWhole ? matched with { Difference = (Int128)before + row.Line.Gross - (Int128)payment.CapturedUnits } : matched;
    }

    /// <summary>The payment that a refund or dispute is of: named by the line, by the refund's own flow, or by the line of what was captured.</summary>
    private async ValueTask<Flow?> FindPaymentAsync(SettlementFacts facts, SettlementLine line, CancellationToken cancellationToken)
    {
        Flow? named = await FindAsync(facts, line, cancellationToken);
        Guid? payment = named is { Kind: RefundFlow.Kind } ? RefundFacts.Of(named).PaymentId
            : named is null && line.SourceId.Length > 0 ? await store.FlowOfSourceAsync(facts.Provider, line.SourceId, cancellationToken)
            : null;
        return payment is { } id ? await flows.GetAsync(new FlowId(id), cancellationToken) : named;
    }

    private async ValueTask<Flow?> FindAsync(SettlementFacts facts, SettlementLine line, CancellationToken cancellationToken)
    {
        Flow? flow = line.PaymentId is { Length: > 0 } payment
            ? await flows.FindByProviderReferenceAsync($"{facts.Provider}:{payment}", cancellationToken)
            : null;

        // A refund's parts carry its id and their number.
        return flow ?? (line.OurReference is { } reference && Guid.TryParseExact(RefundPart.FlowOf(reference), "D", out Guid id)
            ? await flows.GetAsync(new FlowId(id), cancellationToken) : null);
    }

    private static SettlementRow Nobody(SettlementRow row) => row with { FlowId = null, Difference = 0, IsSuspense = true };
}
