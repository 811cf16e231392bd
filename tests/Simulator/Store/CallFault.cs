namespace Florin.Simulator.Store;

/// <summary>What happens to one call from a process to the store.</summary>
internal enum CallFault
{
    /// <summary>Request and answer arrive.</summary>
    None,

    /// <summary>The request is lost before it has any effect; the caller hears of a broken connection.</summary>
    LostRequest,

    /// <summary>The store begins, writes half, and takes it back; the caller hears of a broken connection.</summary>
    Torn,

    /// <summary>It has its effect, durably, and the answer is lost; the caller hears of a broken connection.</summary>
    LostAnswer,

    /// <summary>The caller hears of a broken connection while its request is still under way: it has its effect later, unless the session ends before.</summary>
    Late,

    /// <summary>Request or answer takes up to a minute.</summary>
    Slow,

    /// <summary>The request arrives twice.</summary>
    Twice,
}

/// <summary>How much goes wrong in one simulation: drawn once per seed, so that some are quiet, some have one kind of fault, and some have all.</summary>
internal sealed class FaultRates
{
    private static readonly CallFault[] Faults = [.. Enum.GetValues<CallFault>().Where(fault => fault != CallFault.None)];

    private readonly Dictionary<string, int> _perThousand = [];
    private readonly CallFault[] _kinds;
    private readonly Scheduling.Chance _chance;
    private readonly int[] _levels = [0, 0, 20, 60, 150, 350];

    public FaultRates(Scheduling.Chance chance)
    {
        _chance = chance;
        _kinds = chance.Percent(50) ? Faults : [.. Faults.Where(_ => chance.Percent(40))];
    }

    /// <summary>Cleared when the simulation settles: from then on everything arrives.</summary>
    public bool IsOn { get; set; } = true;

    public CallFault Draw(string call)
    {
        if (!IsOn || _kinds.Length == 0)
        {
            return CallFault.None;
        }

        if (!_perThousand.TryGetValue(call, out int perThousand))
        {
            _perThousand.Add(call, perThousand = _chance.Of(_levels));
        }

        return _chance.PerThousand(perThousand) ? _chance.Of(_kinds) : CallFault.None;
    }
}
