using System.Diagnostics;
using Florin.Flows;
using Florin.Payments.Charging;

namespace Florin.Payments.Sources;

/// <summary>Starts and shows sources.</summary>
internal sealed class SourceService(IFlows flows, PayerReturn payerReturn, PaymentOptions options) : IPaymentSources
{
    private const string Endpoint = "POST /payment-sources";

    public async ValueTask<PaymentOutcome<PaymentSource>> BeginAsync(
        MerchantCaller caller, string idempotencyKey, PaymentSourceOrder order, CancellationToken cancellationToken)
    {
        FlowStart start = new()
        {
            Id = FlowId.FromIdempotencyKey(caller.Principal, Endpoint, idempotencyKey),
            Kind = SourceFlow.Kind,
            State = SourceFlow.Created,
            OwnerId = PaymentService.OwnerId(caller.MerchantId),
            Data = FlowFacts.Write(new SourceFacts { Provider = order.Acquirer, ReturnUrl = order.ReturnUrl, CancelUrl = order.CancelUrl }),
            RequestHash = RequestHash.Of(Endpoint, PaymentService.OwnerId(caller.MerchantId), order.Acquirer, order.ReturnUrl, order.CancelUrl),
            Actor = caller.Principal,
        };
        return PaymentService.Outcome(await flows.StartAsync(start, options.Patience, cancellationToken), Present);
    }

    public async ValueTask<PaymentSource?> GetAsync(Guid merchant, Guid id, CancellationToken cancellationToken) =>
        await FindAsync(merchant, id, cancellationToken) is { } flow ? Present(flow) : null;

    public async ValueTask<PaymentSource?> CompleteAsync(MerchantCaller caller, Guid id, CancellationToken cancellationToken) =>
        await FindAsync(caller.MerchantId, id, cancellationToken) is { } flow
            ? Present(await payerReturn.TellAsync(flow, SourceFlow.AwaitingPayer, working: null, cancellationToken))
            : null;

    private async ValueTask<Flow?> FindAsync(Guid merchant, Guid id, CancellationToken cancellationToken) =>
        await flows.GetAsync(new FlowId(id), cancellationToken) is { Kind: SourceFlow.Kind } flow && flow.OwnerId == PaymentService.OwnerId(merchant) ? flow : null;

    private static PaymentSource Present(Flow flow)
    {
        SourceFacts facts = SourceFacts.Of(flow);
        return new PaymentSource(
            flow.Id.Value,
            facts.Provider,
            flow.State switch
            {
                SourceFlow.Created => "created",
                SourceFlow.AwaitingPayer => "requires_action",
                SourceFlow.Stored => "stored",
                SourceFlow.Failed => "failed",
                var other => throw new UnreachableException($"A source cannot be in state '{other}'."),
            },
            facts is { ApprovalUrl: { } url, ApprovalUntil: { } until } ? new PaymentAction(url, until) : null,
            facts.Token is { } token ? $"{facts.Provider}{PaymentRoute.SourceSeparator}{token}" : null,
            facts.FailureCode,
            flow.CreatedAt);
    }
}
