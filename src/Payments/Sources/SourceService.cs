using System.Diagnostics;
using Florin.Flows;
using Florin.Payments.Charging;

namespace Florin.Payments.Sources;

/// <summary>Starts and shows sources.</summary>
internal sealed class SourceService(IFlows flows, PaymentOptions options, TimeProvider timeProvider) : IPaymentSources
{
    private const string Endpoint = "POST /payment-sources";

    /// <summary>The source of the signal that the payer has come back.</summary>
    private const string SignalSource = "merchant";

    private const string SignalType = "payer_returned";

    /// <summary>How often it is looked whether the signal had its effect.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);

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

    public async ValueTask<PaymentSource?> CompleteAsync(MerchantCaller caller, Guid id, CancellationToken cancellationToken)
    {
        if (await FindAsync(caller.MerchantId, id, cancellationToken) is not { } flow)
        {
            return null;
        }

        // A payer may come back more than once before the acquirer knows; each time it is asked.
        string signal = $"{flow.Id}:{timeProvider.GetUtcNow().ToUnixTimeMilliseconds()}";
        if (flow.State == SourceFlow.AwaitingPayer && await flows.SignalAsync(flow.Id, SignalSource, signal, SignalType, "{}", cancellationToken))
        {
            DateTimeOffset until = timeProvider.GetUtcNow() + LookTime;
            while (timeProvider.GetUtcNow() < until && flow.State == SourceFlow.AwaitingPayer)
            {
                await Task.Delay(Look, timeProvider, cancellationToken);
                flow = await flows.GetAsync(flow.Id, cancellationToken) ?? flow;
            }
        }

        return Present(flow);
    }

    /// <summary>Nobody has to wait longer for a payer who has not agreed.</summary>
    private TimeSpan LookTime => options.Patience < TimeSpan.FromSeconds(2) ? options.Patience : TimeSpan.FromSeconds(2);

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
