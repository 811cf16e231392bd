using Florin.Flows;
using Florin.Ledger;
using Florin.Simulator.Scheduling;

namespace Florin.Simulator.Flows;

/// <summary>What the provider did for one key.</summary>
internal sealed class ProviderCharge(FlowId flow, UInt128 amount, bool willSucceed, TimeSpan decidedAt)
{
    public FlowId Flow => flow;

    public UInt128 Amount => amount;

    public string Status(TimeSpan now) => now < decidedAt ? "processing" : willSucceed ? "succeeded" : "failed";
}

/// <summary>Somebody outside who moves money once per idempotency key, takes time to decide, and tells of it once or more, at any time.</summary>
internal sealed class SimulatedProvider(Chance chance, SimulatedClock clock)
{
    private static readonly TimeSpan DecisionMax = TimeSpan.FromSeconds(20);

    private readonly Dictionary<string, ProviderCharge> _charges = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, ProviderCharge> Charges => _charges;

    /// <summary>Events that are not known to be delivered.</summary>
    public List<(FlowId Flow, string EventId)> Events { get; } = [];

    /// <summary>The same key is the same charge.</summary>
    public string Charge(string key, FlowId flow, UInt128 amount)
    {
        if (!_charges.TryGetValue(key, out ProviderCharge? known))
        {
            _charges.Add(key, new ProviderCharge(flow, amount, chance.Percent(70), clock.Now + chance.Duration(DecisionMax)));
            Events.Add((flow, $"evt_{_charges.Count}"));
            return key;
        }

        Invariant.Assert(known.Amount == amount && known.Flow == flow);
        return key;
    }

    public string Status(string key) => _charges[key].Status(clock.Now);
}
