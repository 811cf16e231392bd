namespace Florin.Wallets.Steps;

/// <summary>When to look again at a provider's object that has not come to its end: growing delays, so that a lost webhook only delays.</summary>
internal static class PollSchedule
{
    /// <summary>
    /// Half of the age, within the bounds: each look comes half as late again as the one before, without remembering how many there were.
    /// </summary>
    /// <param name="age">How long the object has been under way.</param>
    public static TimeSpan Next(TimeSpan age, WalletOptions options)
    {
        TimeSpan half = age / 2;
        return half < options.PollFirst ? options.PollFirst : half > options.PollMax ? options.PollMax : half;
    }
}
