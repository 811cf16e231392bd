using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Simulator.Flows;
using Florin.Simulator.Judgement;
using Florin.Simulator.Scheduling;
using Florin.Simulator.Store;

namespace Florin.Simulator.Processes;

/// <summary>The servers on one journal: started, killed, suspended, cut off and stopped by chance; one serves, another waits to take over.</summary>
internal sealed class Servers
{
    private const int ProcessesMax = 3;

    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan WallJumpMax = TimeSpan.FromHours(2);

    // Leases of flows are by the servers' clocks: clocks that are hours apart hold a dead server's flows for hours.
    private static readonly TimeSpan WallJumpWithFlowsMax = TimeSpan.FromMinutes(2);

    private readonly Chance _chance;
    private readonly SimulatedClock _clock;
    private readonly SimulatedStore _store;
    private readonly Network _network;
    private readonly FaultRates _faults;
    private readonly FlowSide? _flows;
    private readonly Judge _judge;
    private readonly Trace _trace;
    private readonly List<SimulatedProcess> _processes = [];
    private readonly int _threadId = Environment.CurrentManagedThreadId;
    private readonly int[] _disturbances;
    private readonly int _disturbancesPerThousand;
    private bool _isCalm;
    private int _started;

    public Servers(
        Chance chance, SimulatedClock clock, SimulatedStore store, Network network, FaultRates faults, FlowSide? flows, Judge judge, Trace trace)
    {
        (_chance, _clock, _store, _network, _faults, _flows, _judge, _trace) = (chance, clock, store, network, faults, flows, judge, trace);
        _disturbancesPerThousand = chance.Of([0, 2, 5, 10]);
        _disturbances = [.. Enumerable.Range(0, 7).Select(_ => chance.Percent(70) ? chance.Between(1, 10) : 0)];
        _disturbances[0]++;
    }

    public int Kills { get; private set; }

    public int ReadyCount
    {
        get
        {
            int count = 0;
            foreach (SimulatedProcess process in _processes)
            {
                count += process.MayRun(_clock.Now) ? process.Scheduler.ReadyCount : 0;
            }

            return count;
        }
    }

    /// <summary>One that takes requests; of several, any.</summary>
    public SimulatedProcess? Serving
    {
        get
        {
            List<SimulatedProcess> serving = _processes.FindAll(process => process.Serves);
            return serving.Count == 0 ? null : _chance.Of(serving);
        }
    }

    public bool AnyServes => _processes.Exists(process => process.Serves);

    /// <summary>The one that holds the journal, when it takes requests.</summary>
    public SimulatedProcess? Writer => _processes.Find(process => process.Serves && process.Journal.Epoch == _store.Epoch);

    public string? Strayed => _processes.Find(process => process.Scheduler.Strayed is not null)?.Scheduler.Strayed;

    /// <summary>When a suspended process goes on.</summary>
    public TimeSpan? NextChangeAt => _processes.Where(process => process.PausedUntil > _clock.Now).Min(process => (TimeSpan?)process.PausedUntil);

    public SimulatedTimer? NextTimer() => _clock.Next(owner => _processes.Exists(process => process.Time == owner && process.MayRun(_clock.Now)));

    public void RunOne(int position)
    {
        foreach (SimulatedProcess process in _processes.Where(process => process.MayRun(_clock.Now)))
        {
            if (position < process.Scheduler.ReadyCount)
            {
                process.Scheduler.RunOne(position);
                return;
            }

            position -= process.Scheduler.ReadyCount;
        }
    }

    /// <summary>Now and then something happens to a server.</summary>
    public void Disturb()
    {
        Revive();
        if (!_chance.PerThousand(_disturbancesPerThousand))
        {
            return;
        }

        SimulatedProcess process = _chance.Of(_processes);
        switch (_chance.Weighted(_disturbances))
        {
            case 0:
                Kill(process);
                break;
            case 1:
                _trace.Note($"{process.Name}: suspended");
                process.PausedUntil = _clock.Now + _chance.Duration(PauseMax);
                break;
            case 2:
                _judge.ClockIsSet(process.Name, process.Time.GetUtcNow());
                process.Time.WallOffset = WallOffset();
                _trace.Note($"{process.Name}: clock set to {process.Time.GetUtcNow():O}");
                break;
            case 3:
                _trace.Note($"{process.Name}: cut off");
                EndSessions(process);
                break;
            case 4 when process.HasBegun && !process.IsStopping && !process.HasEnded:
                _trace.Note($"{process.Name}: asked to stop");
                process.Stop();
                break;
            case 5 when _processes.Count < ProcessesMax:
                Start();
                break;
            default:
                _trace.Note("store: restarted");
                _processes.ForEach(EndSessions);
                break;
        }
    }

    /// <summary>Whoever has ended goes; when nobody is left who could serve, a new one comes.</summary>
    public void Revive()
    {
        foreach (SimulatedProcess ended in _processes.FindAll(process => process.HasEnded && process.Scheduler.ReadyCount == 0))
        {
            Bury(ended);
        }

        if (_processes.TrueForAll(process => process.HasEnded || process.IsStopping))
        {
            Start();
        }
    }

    /// <summary>From now on nobody is suspended.</summary>
    public void Calm()
    {
        _isCalm = true;
        _processes.ForEach(process => process.PausedUntil = TimeSpan.Zero);
    }

    /// <summary>Who was the writer, and waits for a lock that another holds, waits for ever, its flows with it: an operator ends all but the writer.</summary>
    public void EndOvertaken()
    {
        if (Writer is { } writer)
        {
            _processes.FindAll(process => process != writer).ForEach(Kill);
        }
    }

    public void KillAll(SimulatedProcess? but)
    {
        foreach (SimulatedProcess process in _processes.FindAll(process => process != but))
        {
            Kill(process);
        }
    }

    private void Kill(SimulatedProcess process)
    {
        _trace.Note($"{process.Name}: killed");
        Kills++;
        Bury(process);
    }

    private void Bury(SimulatedProcess process)
    {
        process.Kill();
        _processes.Remove(process);
        _clock.Forget(process.Time);
        _network.Drop(process.Name);
        _judge.Killed(process.Name);

        // The store finds out in its own time; until then the lock is held, and what was sent may arrive.
        _network.Send($"{process.Name} is gone", "store", request: false, slow: _chance.Percent(30), () => EndSessions(process));
    }

    private RemoteCalls Calls(string name, Func<string, Exception> broken) => new(name, _network, _faults, _trace, broken);

    private TimeSpan WallOffset()
    {
        // Behind all others: ledger time stands still, and nothing expires while states are compared.
        if (_isCalm && _flows is null)
        {
            return -WallJumpMax;
        }

        TimeSpan max = _flows is null ? WallJumpMax : WallJumpWithFlowsMax;
        return _chance.Duration(max) - (max / 2);
    }

    private void EndSessions(SimulatedProcess process) => process.Journal.Sessions.ForEach(_store.End);

    private void Start()
    {
        string name = $"server{++_started}";
        SimulatedTime time = new(_clock, new ProcessScheduler(_threadId), WallOffset());
        LedgerOptions options = new()
        {
            QueueMax = _chance.Of([1, 4, 64]),
            BatchItemsMax = _chance.Of([1, 3, 16]),
            BatchTransfersMax = _chance.Of([1, 8, 64]),
            RecentEntriesMax = 256,
            CheckpointTransfers = _chance.Of([3, 20, 100]),
        };
        SimulatedJournal journal = new(name, _store, Calls(name, message => new JournalException(message)), options.BatchTransfersMax);
        SimulatedProcess process = new(name, time, journal, options, _flows, leads: () => journal.Epoch == _store.Epoch, _judge, _trace);
        _processes.Add(process);
        _trace.Note($"{name}: started, clock {time.GetUtcNow():O}");
        process.Start();
    }
}
