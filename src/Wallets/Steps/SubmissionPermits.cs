using System.Collections.Concurrent;
using Florin.Ledger;

namespace Florin.Wallets.Steps;

/// <summary>
/// Tells the first execution of a submitting step from one that is resumed. A permit is made with the durable intent, works once, and dies with
/// the process: whoever finds the intent without a permit cannot know whether the call left, and looks before anything else (faults I-04, U-09).
/// </summary>
internal sealed class SubmissionPermits(IdSource ids)
{
    /// <summary>Permits that may be unused at a time. Beyond it none is remembered, so that the step looks first, which is always safe.</summary>
    public const int OutstandingMax = 10_000;

    private readonly ConcurrentDictionary<Guid, byte> _outstanding = new();

    public Guid Issue()
    {
        Guid permit = ids.NextId();
        if (_outstanding.Count < OutstandingMax)
        {
            _outstanding.TryAdd(permit, 0);
        }

        return permit;
    }

    /// <returns><see langword="true"/> once for each permit.</returns>
    public bool TryUse(Guid? permit) => permit is { } value && _outstanding.TryRemove(value, out _);
}
