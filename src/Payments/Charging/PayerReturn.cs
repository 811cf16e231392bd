using Florin.Flows;

namespace Florin.Payments.Charging;

/// <summary>Tells a flow that its payer has come back, so that the acquirer is asked now, and waits a moment for what becomes of it.</summary>
internal sealed class PayerReturn(IFlows flows, PaymentOptions options, TimeProvider timeProvider)
{
    /// <summary>The source of the signal. It carries no command, so that it is not the merchant's.</summary>
    private const string Source = "payer";

    private const string Type = "payer_returned";

    /// <summary>How often it is looked whether the signal had its effect.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);

    /// <summary>Nobody has to wait longer for a payer who has not acted.</summary>
    private static readonly TimeSpan LookTimeMax = TimeSpan.FromSeconds(2);

    /// <param name="awaiting">The state in which the payer is waited for; in every other nothing is asked.</param>
    /// <param name="working">The state in which what the payer did is carried out: it is waited for as long as for any request; null where there is none.</param>
    public async ValueTask<Flow> TellAsync(Flow flow, string awaiting, string? working, CancellationToken cancellationToken)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();

        // A payer may come back more than once before the acquirer knows; each time it is asked.
        bool isTold = flow.State == awaiting
            && await flows.SignalAsync(flow.Id, Source, $"{flow.Id}:{now.ToUnixTimeMilliseconds()}", Type, "{}", cancellationToken);
        TimeSpan lookTime = options.Patience < LookTimeMax ? options.Patience : LookTimeMax;
        Flow seen = flow;
        while (isTold && timeProvider.GetUtcNow() < now + (seen.State == awaiting ? lookTime : options.Patience) && (seen.State == awaiting || seen.State == working))
        {
            await Task.Delay(Look, timeProvider, cancellationToken);
            seen = await flows.GetAsync(flow.Id, cancellationToken) ?? seen;
        }

        return seen;
    }
}
