namespace Florin.Simulator.Judgement;

/// <summary>The first thing that is wrong. Only that counts: whatever follows may be its consequence.</summary>
internal sealed class Verdict(Scheduling.Trace trace)
{
    public string? Failure { get; private set; }

    public bool HasFailed => Failure is not null;

    public void Fail(string what)
    {
        if (Failure is null)
        {
            Failure = what;
            trace.Note($"WRONG: {what}");
        }
    }

    /// <returns>The condition.</returns>
    public bool Require(bool condition, string what)
    {
        if (!condition)
        {
            Fail(what);
        }

        return condition;
    }
}
