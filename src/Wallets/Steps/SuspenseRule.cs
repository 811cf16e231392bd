using System.Globalization;
using Florin.Flows;

namespace Florin.Wallets.Steps;

/// <summary>What happens to money in suspense whose account is still frozen or closed (fault L-12).</summary>
internal static class SuspenseRule
{
    /// <param name="flow">In its state of holding; <see cref="Flow.UpdatedAt"/> says since when.</param>
    public static FlowDecision StillNotOpen(Flow flow, DateTimeOffset now, WalletOptions options)
    {
        TimeSpan age = now - flow.UpdatedAt;
        if (age < options.SuspenseReviewAfter)
        {
            return new FlowDecision.Wait("the account is frozen or closed", PollSchedule.Next(age, options.PollFirst, options.PollMax));
        }

        string since = flow.UpdatedAt.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return new FlowDecision.Park($"Its money has been in suspense since {since}: the account is frozen or closed.");
    }
}
