using System.Collections.Concurrent;
using Florin.Ledger;

namespace Florin.Flows;

/// <summary>
/// Tells the first execution of a submitting step from one that is resumed. A permit is made with the durable intent, works once, and dies with
/// the process: whoever finds the intent without a permit cannot know whether the call left, and looks before anything else (faults I-04, U-09).
/// </summary>
public sealed class SubmissionPermits(IdSource ids)
{
    /// <summary>Permits that may be unused at a time. Beyond it the old ones are forgotten.</summary>
    public const int OutstandingMax = 10_000;

    private readonly ConcurrentDictionary<Guid, byte> _outstanding = new();

    public Guid Issue()
    {
        Guid permit = ids.NextId();
        if (_outstanding.Count >= OutstandingMax)
        {
            // Nearly all belong to intents that were never committed. Who loses a permit looks first, which is always safe.
            _outstanding.Clear();
        }

        _outstanding.TryAdd(permit, 0);
        return permit;
    }

    /// <returns><see langword="true"/> once for each permit.</returns>
    public bool TryUse(Guid? permit) => permit is { } value && _outstanding.TryRemove(value, out _);
}
