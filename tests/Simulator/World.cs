using Florin.Simulator.Flows;
using Florin.Simulator.Judgement;
using Florin.Simulator.Processes;
using Florin.Simulator.Scheduling;
using Florin.Simulator.Store;
using Florin.Simulator.Workload;

namespace Florin.Simulator;

/// <summary>Everything that there is in one simulation: a store, a network, clocks, servers, clients; and the one who decides what happens next.</summary>
internal sealed class World
{
    private const int SettleStepsMax = 60_000;
    private const int FlowsPercent = 40;

    private static readonly TimeSpan StepMax = TimeSpan.FromMicroseconds(200);
    private static readonly TimeSpan LeapMax = TimeSpan.FromSeconds(3);

    private readonly Chance _chance;
    private readonly Judge _judge;
    private readonly Verdict _verdict;
    private readonly Trace _trace;
    private readonly SimulatedClock _clock = new();
    private readonly FaultRates _faults;
    private readonly Network _network;
    private readonly Servers _servers;
    private readonly Clients _clients;
    private readonly FlowJudge _flowJudge;
    private readonly Customers? _customers;
    private readonly int[] _weights;

    public World(Chance chance, Judge judge, Verdict verdict, Trace trace)
    {
        (_chance, _judge, _verdict, _trace) = (chance, judge, verdict, trace);
        _faults = new FaultRates(chance);
        _network = new Network(_clock, chance);
        FlowSide flows = new(chance, _clock, _network, _faults, judge, trace);
        Store = new SimulatedStore(judge, trace) { LockLies = chance.Percent(25), Flows = flows.Table };
        bool withFlows = chance.Percent(FlowsPercent);
        _servers = new Servers(chance, _clock, Store, _network, _faults, withFlows ? flows : null, judge, trace);
        _flowJudge = new FlowJudge(flows, judge, verdict, trace);
        _customers = withFlows ? new Customers(chance, _clock, _servers, flows, _flowJudge, trace) : null;
        _clients = new Clients(chance, _clock, _servers, withFlows, judge, trace);
        _weights = [chance.Between(20, 80), chance.Between(5, 40), chance.Between(2, 20), 20, chance.Between(1, 6)];
    }

    public SimulatedStore Store { get; }

    public int Submissions => _clients.Submissions;

    public int Kills => _servers.Kills;

    public void Run(int steps)
    {
        for (int step = 0; step < steps && !_verdict.HasFailed; step++)
        {
            Step(withNewWork: true);
            _servers.Disturb();
        }

        Settle();
    }

    /// <summary>One thing happens: a continuation runs, a message arrives, a timer fires, or a client asks for something.</summary>
    /// <returns><see langword="false"/> when nothing can happen any more.</returns>
    private bool Step(bool withNewWork)
    {
        _clock.Advance(_chance.PerThousand(3) ? _chance.Duration(LeapMax) : _chance.Duration(StepMax));
        int ready = _servers.ReadyCount;
        int due = _network.DueCount;
        int idle = _clients.IdleCount(withNewWork);
        int customers = _customers?.IdleCount(withNewWork) ?? 0;
        SimulatedTimer? timer = _servers.NextTimer();
        bool timerIsDue = timer is not null && timer.DueAt <= _clock.Now;
        Span<int> weights =
        [
            ready > 0 ? _weights[0] : 0, due > 0 ? _weights[1] : 0, idle > 0 ? _weights[2] : 0, timerIsDue ? _weights[3] : 0,
            customers > 0 ? _weights[4] : 0,
        ];
        if (weights.IndexOfAnyExcept(0) < 0)
        {
            return Leap(timer);
        }

        switch (_chance.Weighted(weights))
        {
            case 0:
                _servers.RunOne(_chance.Below(ready));
                break;
            case 1:
                _network.Take().Arrive();
                break;
            case 2:
                _clients.ActOne(withNewWork);
                break;
            case 4:
                _customers!.ActOne(withNewWork);
                break;
            default:
                timer!.Fire();
                break;
        }

        _verdict.Require(!_clock.HasSpun, "a server spins and does nothing else any more");
        if (_servers.Strayed is { } stack)
        {
            _verdict.Fail($"a continuation left the simulation's thread, from {stack}");
        }

        return true;
    }

    // Nothing is ready: time goes to where something is.
    private bool Leap(SimulatedTimer? timer)
    {
        TimeSpan?[] next = [timer?.DueAt, _network.NextAt, _servers.NextChangeAt, _clients.NextChangeAt, _customers?.NextChangeAt];
        if (next.Min() is not { } time)
        {
            return false;
        }

        _clock.AdvanceTo(time);
        return true;
    }

    /// <summary>No more faults and no new work: all that was asked gets its answer, and what the servers, the journal and the model hold is the same.</summary>
    private void Settle()
    {
        _trace.Note("settling");
        _faults.IsOn = false;
        _servers.Calm();
        Wait(() => _clients.AreDone, "every question has its answer");
        Wait(() => _customers is null || _customers.AreDone, "every flow is final");
        if (_verdict.HasFailed)
        {
            return;
        }

        string? hash = Hash();
        long sequence = Store.HeadSequence;
        _servers.KillAll(but: null);
        string? fromCheckpoint = Hash();
        _servers.KillAll(but: null);
        DeliverAll();
        Store.ForgetCheckpoint();
        string? fromHistory = Hash();
        if (!_verdict.HasFailed)
        {
            _verdict.Require(hash == fromCheckpoint || Store.HeadSequence > sequence, "the state recovered from the checkpoint is another than the one in memory");
            _verdict.Require(hash == fromHistory || Store.HeadSequence > sequence, "the state recovered from history is another than the one in memory");
            _trace.Note($"state {hash}");
            LastJudgement();
        }
    }

    // A checkpoint that is still under way belongs to totals that are about to be forgotten.
    private void DeliverAll()
    {
        while (_network.NextAt is { } time)
        {
            _clock.AdvanceTo(time);
            _network.Take().Arrive();
        }
    }

    private void Wait(Func<bool> until, string what)
    {
        for (int step = 0; !_verdict.HasFailed && !until(); step++)
        {
            _servers.EndOvertaken();
            _servers.Revive();
            if (step == SettleStepsMax || !Step(withNewWork: false))
            {
                _verdict.Fail($"it never comes to pass that {what}");
            }
        }
    }

    private string? Hash()
    {
        string? hash = null;
        _servers.KillAll(but: _servers.Writer);
        Wait(() => _servers.Writer is not null, "a server serves");
        _servers.Writer?.AskHash(answer => hash = Convert.ToHexStringLower(answer));
        Wait(() => hash is not null, "the state's hash is told");
        return hash;
    }

    private void LastJudgement()
    {
        BalanceRead read = _judge.AskBalance(0, _servers.Writer!.Name, account: null);
        _servers.Writer.Send(read);
        Wait(() => read.IsDone, "the balances are told");
        _flowJudge.CheckAll(Store);
        FinalBooks.Check(Store, _judge.Books, _verdict);
    }
}
