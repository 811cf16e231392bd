using System.Collections.Frozen;
using System.Collections.Immutable;
using Florin.Flows;
using Florin.Providers;

namespace Florin.Payments.Charging;

/// <summary>What the provider says of a captured payment that an event speaks ill of.</summary>
internal abstract record TakenBackAnswer
{
    private TakenBackAnswer()
    {
    }

    /// <summary>Nothing speaks ill of it.</summary>
    public sealed record NotAsked : TakenBackAnswer;

    /// <param name="Total">Smallest units that the provider took back in all, refunds and disputes left out.</param>
    /// <param name="Evidence">What the provider said, as JSON.</param>
    public sealed record Amount(UInt128 Total, string Evidence) : TakenBackAnswer;

    /// <param name="Decision">What to do until it is known.</param>
    public sealed record Undecided(FlowDecision Decision) : TakenBackAnswer;
}

/// <summary>
/// Looks at the provider's payment when an event says that a captured payment failed or was taken back (fault U-11). The event is a hint: the object decides,
/// so that an old failure after the success changes nothing (fault W-04).
/// </summary>
internal sealed class TakenBack(AcquirerSet acquirers, PaymentOptions options, TimeProvider timeProvider)
{
    private static readonly FrozenSet<string> Types = FrozenSet.ToFrozenSet(
        [
            "payment_intent.payment_failed", "payment_intent.canceled", "charge.failed",
            "PAYMENT.CAPTURE.REVERSED", "PAYMENT.CAPTURE.DENIED", "PAYMENT.CAPTURE.DECLINED",
        ],
        StringComparer.Ordinal);

    public async ValueTask<TakenBackAnswer> AskAsync(
        Flow flow, PaymentFacts facts, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        DateTimeOffset? told = signals.Where(signal => signal.Source == facts.Provider && Types.Contains(signal.Type)).Min(signal => (DateTimeOffset?)signal.ReceivedAt);
        if (told is not { } since || facts.PaymentId is not { } id)
        {
            return new TakenBackAnswer.NotAsked();
        }

        TimeSpan age = timeProvider.GetUtcNow() - since;
        TimeSpan next = PollSchedule.Next(age, options.PollFirst, options.PollMax);
        ProviderLookup<AcquirerPayment> lookup = await acquirers.Of(facts.Provider).GetPaymentAsync(id, cancellationToken);
        if (lookup is not ProviderLookup<AcquirerPayment>.Found { Value: { } payment })
        {
            return new TakenBackAnswer.Undecided(lookup is ProviderLookup<AcquirerPayment>.Unavailable unavailable
                ? new FlowDecision.Wait(unavailable.Reason, next)
                : new FlowDecision.Park($"The provider does not know its own {id} any more."));
        }

        if (payment.Currency != facts.Asset)
        {
            return new TakenBackAnswer.Undecided(new FlowDecision.Park($"The provider's {id} has another currency than what was captured."));
        }

        UInt128 missing = facts.CapturedUnits > payment.CapturedMinorUnits ? facts.CapturedUnits - payment.CapturedMinorUnits : UInt128.Zero;
        UInt128 total = UInt128.Min(facts.CapturedUnits, missing + payment.TakenBackMinorUnits);

        // A dispute moves its money by itself, and may be told of later than what it brought about.
        bool isDisputed = !facts.Disputes.IsEmpty || signals.Any(signal => signal is { Source: PaymentCount.Source, Type: PaymentCount.DisputeSignal });
        return total == 0 || isDisputed ? new TakenBackAnswer.NotAsked()
            : missing == 0 && age < options.SettleWindow && flow.State != PaymentFlow.Reversed
                ? new TakenBackAnswer.Undecided(new FlowDecision.Wait("the provider took it back; a dispute may say why", next))
                : new TakenBackAnswer.Amount(total, PaymentEvidence.Of(payment));
    }
}
