using Florin.Flows;

namespace Florin.Payments.Settlement;

/// <summary>Asks the providers for new settlements at an interval: nothing depends on their events (fault W-13).</summary>
internal sealed class SettlementPull(SettlementService settlements, PaymentOptions options) : IRepeatedWork
{
    public string What => "pulling providers' settlements";

    public TimeSpan Interval => options.SettlementPull;

    public ValueTask RunAsync(CancellationToken cancellationToken) => settlements.PullAsync(cancellationToken);
}
