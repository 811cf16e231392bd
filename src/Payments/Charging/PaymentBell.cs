using Florin.Flows;

namespace Florin.Payments.Charging;

/// <summary>Tells a payment that one of its refunds, disputes or settlements has changed, and a dispute that its payment has. Durable when it returns; telling twice is telling once.</summary>
internal sealed class PaymentBell(IServiceProvider services)
{
    // The runner is made of the handlers, which use this.
    private readonly Lazy<IFlows> _flows = new(services.Require<IFlows>);

    /// <param name="told">The flow that is told.</param>
    /// <param name="flow">Who tells, in the state that it tells of.</param>
    /// <param name="attempt">Which time the same is told, where once may not be enough.</param>
    public async ValueTask RingAsync(
        Guid told, Flow flow, string type, string payload, CancellationToken cancellationToken, long attempt = 0) =>
        await _flows.Value.SignalAsync(
            new FlowId(told), PaymentCount.Source, attempt == 0 ? $"{flow.Id}:{flow.Version}" : $"{flow.Id}:{flow.Version}:{attempt}", type, payload, cancellationToken);
}
