using System.Collections.Immutable;
using Florin.Flows;

namespace Florin.Wallets.Withdrawals;

/// <summary>The declared states and transitions of <c>wallet.withdrawal</c>.</summary>
internal static class WithdrawalFlow
{
    public const string Kind = "wallet.withdrawal";

    public const string Debited = "debited";
    public const string Submitting = "submitting";
    public const string Queued = "queued";
    public const string Unknown = "unknown";
    public const string InTransit = "in_transit";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";
    public const string Canceled = "canceled";
    public const string Returned = "returned";
    public const string HeldInSuspense = "held_in_suspense";

    /// <summary>Of the start: the flow and its debit are one commit, so that none exists without the other.</summary>
    public const string Debit = "Dr user:{id}:available / Cr payout:{provider}:in_transit";

    private const string Paid = "Dr payout:{provider}:in_transit / Cr psp:{provider}:clearing";
    private const string Unpay = "reverse the payout: Dr psp:{provider}:clearing / Cr payout:{provider}:in_transit";

    public static FlowDefinition Definition { get; } = Define(
        Kind,
        "Pays money from a wallet out to a user's bank account, card or PayPal account; the destination says by which provider. The wallet is debited first; it gets the money back only when the payout is "
        + "proven to have failed. A payout leaves the balance that the provider keeps for us, so that its proof is posted against psp:{provider}:clearing; "
        + "a bank is touched only when the provider settles that balance.",
        "user:{id}:available",
        "suspense:user:{id}");

    /// <summary>The same states and transitions for another payer's money.</summary>
    /// <param name="available">The payer's account.</param>
    /// <param name="suspense">Where its money waits while that is frozen or closed.</param>
    public static FlowDefinition Define(string kind, string purpose, string available, string suspense)
    {
        string refund = $"reverse the debit: Dr payout:{{provider}}:in_transit / Cr {available}";
        string hold = $"Dr payout:{{provider}}:in_transit / Cr {suspense}";
        string payOver = $"Dr {suspense} / Cr {available}";
        return new FlowDefinition(
            kind,
            purpose,
            States,
            [Debited],
            [
                new(Debited, Submitting, WithdrawalEvents.Submit),
                new(Debited, Canceled, WithdrawalEvents.Cancel, refund),
                new(Queued, Submitting, WithdrawalEvents.Submit),
                new(Queued, Canceled, WithdrawalEvents.Cancel, refund),
                new(Submitting, Queued, WithdrawalEvents.NotSent),
                new(Submitting, InTransit, WithdrawalEvents.Accepted),
                new(Submitting, Succeeded, WithdrawalEvents.Paid, Paid),
                new(Submitting, Failed, WithdrawalEvents.Failure, refund),
                new(Submitting, Unknown, WithdrawalEvents.AnswerLost),
                new(Unknown, InTransit, WithdrawalEvents.Accepted),
                new(Unknown, Succeeded, WithdrawalEvents.Paid, Paid),
                new(Unknown, Failed, WithdrawalEvents.Failure, refund),
                new(Unknown, Submitting, WithdrawalEvents.Resubmit),
                new(InTransit, InTransit, WithdrawalEvents.HeldUp),
                new(InTransit, Succeeded, WithdrawalEvents.Paid, Paid),
                new(InTransit, Failed, WithdrawalEvents.Failure, refund),
                new(Succeeded, Returned, WithdrawalEvents.Return, $"{Unpay}; {refund}"),
                new(Debited, HeldInSuspense, WithdrawalEvents.CancelNotOpen, hold),
                new(Queued, HeldInSuspense, WithdrawalEvents.CancelNotOpen, hold),
                new(Submitting, HeldInSuspense, WithdrawalEvents.FailureNotOpen, hold),
                new(Unknown, HeldInSuspense, WithdrawalEvents.FailureNotOpen, hold),
                new(InTransit, HeldInSuspense, WithdrawalEvents.FailureNotOpen, hold),
                new(Succeeded, HeldInSuspense, WithdrawalEvents.ReturnNotOpen, $"{Unpay}; {hold}"),
                new(HeldInSuspense, Canceled, WithdrawalEvents.Released, payOver),
                new(HeldInSuspense, Failed, WithdrawalEvents.Released, payOver),
                new(HeldInSuspense, Returned, WithdrawalEvents.Released, payOver),
            ]);
    }

    private static ImmutableArray<FlowState> States =>
    [
        new(Debited, IsFinal: false, IsReportable: false, "Debited together with the flow's first row; the provider was not asked yet."),
        new(Submitting, IsFinal: false, IsReportable: false, "The intent to pay out is durable; the call may be under way."),
        new(Queued, IsFinal: false, IsReportable: true, "The provider could not be reached; nothing was sent, it can be cancelled, and is tried again under the same key."),
        new(Unknown, IsFinal: false, IsReportable: true, "The answer was lost; the money stays debited. Ends only by evidence."),
        new(InTransit, IsFinal: false, IsReportable: true, "The provider owns the payout. It may tell that nobody has claimed it yet, or that it holds it; neither is paid."),
        new(Succeeded, IsFinal: true, IsReportable: true, "The provider says that it is paid; only a return leaves it."),
        new(Failed, IsFinal: true, IsReportable: true, "Refused or failed; the debit is reversed."),
        new(Canceled, IsFinal: true, IsReportable: true, "Cancelled before it was sent; the debit is reversed."),
        new(Returned, IsFinal: true, IsReportable: true, "Paid, and came back; its owner has the money again."),
        new(HeldInSuspense, IsFinal: false, IsReportable: true, "The money came back while its owner's account was frozen or closed; in suspense until it is open again."),
    ];
}

/// <summary>The events that change a withdrawal; they are the reasons in its history.</summary>
internal static class WithdrawalEvents
{
    public const string Submit = "submit";
    public const string NotSent = "not_sent";
    public const string Cancel = "cancel";
    public const string Accepted = "accepted";
    public const string Paid = "paid";
    public const string Failure = "failure";
    public const string AnswerLost = "answer_lost";

    /// <summary>The provider has it and tells why it does not go on, or that it goes on again.</summary>
    public const string HeldUp = "held_up";

    /// <summary>The provider has no such payout after the settle window: sent again under the same idempotency key, while that is young.</summary>
    public const string Resubmit = "resubmit";

    /// <summary>The provider says "failed" after it said "paid" (fault B-08).</summary>
    public const string Return = "return";

    /// <summary>The same ends while the wallet's account takes no posting (fault L-12).</summary>
    public const string CancelNotOpen = "cancel_account_not_open";
    public const string FailureNotOpen = "failure_account_not_open";
    public const string ReturnNotOpen = "return_account_not_open";

    /// <summary>The account is open again.</summary>
    public const string Released = "released";
}
