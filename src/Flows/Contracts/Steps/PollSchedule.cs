namespace Florin.Flows;

/// <summary>When to look again at a provider's object that has not come to its end: growing delays, so that a lost webhook only delays.</summary>
public static class PollSchedule
{
    /// <summary>
    /// Half of the age, within the bounds: each look comes half as late again as the one before, without remembering how many there were.
    /// </summary>
    /// <param name="age">How long the object has been under way.</param>
    /// <param name="first">The shortest time between two looks.</param>
    /// <param name="max">The longest.</param>
    public static TimeSpan Next(TimeSpan age, TimeSpan first, TimeSpan max)
    {
        TimeSpan half = age / 2;
        return half < first ? first : half > max ? max : half;
    }
}
