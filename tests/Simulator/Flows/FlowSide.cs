using Florin.Flows;
using Florin.Ledger;
using Florin.Simulator.Judgement;
using Florin.Simulator.Scheduling;
using Florin.Simulator.Store;

namespace Florin.Simulator.Flows;

/// <summary>What flows need in one simulation: their tables, the provider, and an engine for each process.</summary>
internal sealed class FlowSide(Chance chance, SimulatedClock clock, Network network, FaultRates faults, Judge judge, Trace trace)
{
    public FlowTable Table { get; } = new();

    public SimulatedProvider Provider { get; } = new(chance, clock);

    /// <summary>The shipped flow runner of one process.</summary>
    /// <param name="process">Its name.</param>
    /// <param name="ledger">The shipped one.</param>
    /// <param name="leads">Whether nobody has taken the journal since this process did.</param>
    /// <param name="timeProvider">The clock of the process.</param>
    public IFlowEngine CreateEngine(string process, ILedger ledger, Func<bool> leads, TimeProvider timeProvider)
    {
        RemoteCalls store = new(process, network, faults, trace, message => new IOException(message));
        RemoteCalls provider = new(process, network, faults, trace, message => new HttpRequestException(message));
        return FlowModule.CreateEngine(new FlowEngineParts
        {
            Store = new SimulatedFlowStore(Table, store),
            Ledger = new JudgedLedger(ledger, process, leads, judge),
            Handlers = [new PaymentHandler(PaymentHandler.In, Provider, provider), new PaymentHandler(PaymentHandler.Out, Provider, provider)],
            TimeProvider = timeProvider,
            IdSource = new SeededIds(chance),
            Random = new Random(chance.Below(int.MaxValue)),
            Options = new FlowOptions { PollInterval = TimeSpan.FromSeconds(20), BackoffMax = TimeSpan.FromSeconds(30) },
        });
    }

    private sealed class SeededIds(Chance chance) : IdSource
    {
        public override Guid NextId() => new(NextSecret(16));

        public override byte[] NextSecret(int length) => [.. Enumerable.Range(0, length).Select(_ => (byte)chance.Below(256))];
    }
}
