using Florin.Flows;
using Florin.Simulator.Judgement;
using Florin.Simulator.Processes;
using Florin.Simulator.Scheduling;

namespace Florin.Simulator.Flows;

/// <summary>A start that was sent to one process, once.</summary>
internal sealed class FlowQuestion(int number, FlowStart start, SimulatedProcess process, TimeSpan waitsUntil)
{
    public int Number => number;

    public FlowStart Start => start;

    public SimulatedProcess Process => process;

    public TimeSpan WaitsUntil => waitsUntil;

    public bool IsDone { get; set; }

    public FlowStartOutcome? Outcome { get; set; }
}

/// <summary>Those who start payments: with the same key again and again until they know, sometimes with another request under it; and the provider's events.</summary>
internal sealed class Customers(Chance chance, SimulatedClock clock, Servers servers, FlowSide flows, FlowJudge judge, Trace trace)
{
    private const int OpenMax = 4;
    private const int Users = 5;
    private const int Obligations = 30;

    private static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(60);

    private readonly List<FlowQuestion> _open = [];
    private readonly List<FlowStart> _unknown = [];
    private readonly List<FlowStart> _asked = [];
    private int _keys;

    public bool AreDone
    {
        get
        {
            Notice();
            return _open.Count == 0 && _unknown.Count == 0 && judge.AllAreFinal;
        }
    }

    public TimeSpan? NextChangeAt => _open.Min(question => (TimeSpan?)question.WaitsUntil);

    /// <summary>How many could ask something now.</summary>
    public int IdleCount(bool withNewWork)
    {
        Notice();
        bool hasWork = withNewWork || _unknown.Count > 0 || flows.Provider.Events.Count > 0;
        return servers.AnyServes && hasWork ? OpenMax - _open.Count : 0;
    }

    public void ActOne(bool withNewWork)
    {
        SimulatedProcess server = servers.Serving!;
        if (flows.Provider.Events.Count > 0 && chance.Percent(30))
        {
            Deliver(server);
        }
        else if (_unknown.Count > 0 && (!withNewWork || chance.Percent(80)))
        {
            int position = chance.Below(_unknown.Count);
            FlowStart again = _unknown[position];
            _unknown.RemoveAt(position);
            Ask(server, again);
        }
        else if (withNewWork)
        {
            FlowStart start = Next();
            Ask(server, start);
            if (_open.Count < OpenMax && chance.Percent(30))
            {
                Ask(servers.Serving!, Rival(start));
            }
        }
    }

    private void Deliver(SimulatedProcess server)
    {
        (FlowId flow, string id) = chance.Of(flows.Provider.Events);
        trace.Note($"{id} of {flow} at {server.Name}");
        server.Deliver(flow, id, delivered: () => flows.Provider.Events.Remove((flow, id)));
    }

    private FlowStart Next()
    {
        if (_asked.Count > 0 && chance.Percent(25))
        {
            FlowStart before = chance.Of(_asked);
            return chance.Percent(70) ? before : before with { RequestHash = "other" };
        }

        return New(chance.Percent(30) ? $"order{chance.Below(Obligations)}" : null);
    }

    /// <summary>At the same moment the same once more, or another payment for the same order.</summary>
    private FlowStart Rival(FlowStart start) => start.Obligation is null || chance.Percent(30) ? start : New(start.Obligation);

    private FlowStart New(string? obligation)
    {
        (string kind, int user, int amount) = (chance.Percent(50) ? PaymentHandler.In : PaymentHandler.Out, chance.Below(Users), chance.Between(1, 60));
        FlowId id = FlowId.FromIdempotencyKey("simulator", kind, $"{++_keys}");
        FlowStart start = new()
        {
            Id = id,
            Kind = kind,
            State = "created",
            OwnerId = $"user{user}",
            Data = PaymentHandler.Data(user, amount),
            RequestHash = $"{kind}/{user}/{amount}",
            Actor = "customer",
            Obligation = obligation,
            Transactions = PaymentHandler.Opening(kind, id, user, amount),
        };
        _asked.Add(start);
        return start;
    }

    private void Ask(SimulatedProcess server, FlowStart start)
    {
        FlowQuestion question = new(judge.NextQuestion(), start, server, clock.Now + chance.Duration(PatienceMax));
        trace.Note($"#{question.Number} at {server.Name}: starts {start.Kind} {start.Id} {start.Data} {start.Obligation}");
        _open.Add(question);
        server.Send(question, judge);
    }

    private void Notice()
    {
        foreach (FlowQuestion question in _open.FindAll(one => one.IsDone || one.Process.IsDead || one.WaitsUntil <= clock.Now))
        {
            _open.Remove(question);
            if (question.Outcome is null)
            {
                _unknown.Add(question.Start);
            }
        }
    }
}
