using System.Collections.Immutable;
using System.Diagnostics;
using Florin.Flows;
using Florin.Providers;

namespace Florin.Payments.Settlement;

/// <summary>Shows settlements and their lines.</summary>
internal sealed class SettlementReader(IFlows flows, SettlementStore store) : ISettlements
{
    public async ValueTask<ImmutableArray<ProviderSettlement>> ListAsync(Guid? before, int limit, CancellationToken cancellationToken)
    {
        FlowId? from = before is { } id ? new FlowId(id) : null;
        ImmutableArray<Flow> page = await flows.ListAsync(SettlementService.Owner, [SettlementFlow.Kind], from, limit, cancellationToken);
        return [.. page.Select(Present)];
    }

    public async ValueTask<ImmutableArray<SettlementEntry>?> ListLinesAsync(Guid settlementId, int after, int limit, CancellationToken cancellationToken)
    {
        if (await flows.GetAsync(new FlowId(settlementId), cancellationToken) is not { Kind: SettlementFlow.Kind } flow)
        {
            return null;
        }

        SettlementFacts facts = SettlementFacts.Of(flow);
        IReadOnlyList<SettlementRow> rows = await store.ListAsync(facts.Provider, facts.BatchId, after, limit, cancellationToken);
        return [.. rows.Select(Present)];
    }

    private static ProviderSettlement Present(Flow flow)
    {
        SettlementFacts facts = SettlementFacts.Of(flow);
        return new ProviderSettlement(
            flow.Id.Value,
            facts.Provider,
            facts.BatchId,
            flow.State == SettlementFlow.Noticed ? "pending" : flow.State,
            facts.Net,
            facts.Asset,
            facts.Lines,
            facts.Duplicates,
            flow.ParkedReason,
            flow.CreatedAt);
    }

    private static SettlementEntry Present(SettlementRow row) => new(
        row.Number,
        row.Line.Id,
        Type(row.Line.Kind),
        row.Line.SourceId,
        row.Line.Gross,
        row.Line.Fee,
        row.Line.Currency,
        row.FlowId,
        row.Difference,
        row.IsSuspense);

    private static string Type(SettlementLineKind kind) => kind switch
    {
        SettlementLineKind.Other => "other",
        SettlementLineKind.Payment => "payment",
        SettlementLineKind.Refund => "refund",
        SettlementLineKind.RefundReturned => "refund_returned",
        SettlementLineKind.Dispute => "dispute",
        SettlementLineKind.DisputeReversal => "dispute_reversal",
        SettlementLineKind.Fee => "fee",
        SettlementLineKind.PaymentReversal => "payment_reversal",
        SettlementLineKind.BatchReturned => "batch_returned",
        SettlementLineKind.Payout => "payout",
        SettlementLineKind.Withheld => "withheld",
        SettlementLineKind.Carried => "carried",
        _ => throw new UnreachableException(),
    };
}
