using Florin.Flows;

namespace Florin.Wallets.Deposits;

/// <summary>The declared states and transitions of <c>wallet.deposit</c>.</summary>
internal static class DepositFlow
{
    public const string Kind = "wallet.deposit";

    public const string Created = "created";
    public const string Submitting = "submitting";
    public const string Queued = "queued";
    public const string Pending = "pending";
    public const string Unknown = "unknown";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";
    public const string Mismatch = "mismatch";
    public const string HeldInSuspense = "held_in_suspense";

    private const string Credit = "Dr psp:{provider}:clearing / Cr user:{id}:available";
    private const string Reserve = "pending: Dr psp:{provider}:clearing / Cr user:{id}:available";
    private const string Settle = "post the pending, if there is one: Dr psp:{provider}:clearing / Cr user:{id}:available";
    private const string Release = "void the pending, if there is one: Dr psp:{provider}:clearing / Cr user:{id}:available";
    private const string Suspend = "Dr psp:{provider}:clearing / Cr suspense:{provider} for what was received";
    private const string Hold = "Dr psp:{provider}:clearing / Cr suspense:user:{id}";
    private const string PayOver = "Dr suspense:user:{id} / Cr user:{id}:available";

    public static FlowDefinition Definition { get; } = new(
        Kind,
        "Takes money from a user's card or bank account into the wallet.",
        [
            new(Created, IsFinal: false, IsReportable: false, "Durable; the provider was not asked yet."),
            new(Submitting, IsFinal: false, IsReportable: false, "The intent to charge is durable; the call may be under way."),
            new(Queued, IsFinal: false, IsReportable: true, "The provider could not be reached; nothing was sent, it is tried again under the same key."),
            new(Pending, IsFinal: false, IsReportable: true, "The provider works on it; shown as pending_in and not spendable."),
            new(Unknown, IsFinal: false, IsReportable: true, "The answer was lost; money may have been taken. Ends only by evidence."),
            new(Succeeded, IsFinal: true, IsReportable: true, "Captured and credited."),
            new(Failed, IsFinal: true, IsReportable: true, "Nothing was taken; only a late success leaves it."),
            new(Mismatch, IsFinal: true, IsReportable: true, "The provider took something else than was ordered; what was received is in suspense."),
            new(HeldInSuspense, IsFinal: false, IsReportable: true, "Captured while the wallet's account was frozen or closed; in suspense until it is open again."),
        ],
        [Created],
        [
            new(Created, Submitting, DepositEvents.Submit),
            new(Created, Failed, DepositEvents.GiveUp),
            new(Queued, Submitting, DepositEvents.Submit),
            new(Queued, Failed, DepositEvents.GiveUp),
            new(Submitting, Queued, DepositEvents.NotSent),
            new(Submitting, Succeeded, DepositEvents.Success, Credit),
            new(Submitting, Pending, DepositEvents.Processing, Reserve),
            new(Submitting, Pending, DepositEvents.ProcessingNotOpen),
            new(Submitting, HeldInSuspense, DepositEvents.SuccessNotOpen, Hold),
            new(Submitting, Failed, DepositEvents.Failure),
            new(Submitting, Unknown, DepositEvents.AnswerLost),
            new(Submitting, Mismatch, DepositEvents.Mismatch, Suspend),
            new(Unknown, Succeeded, DepositEvents.Success, Credit),
            new(Unknown, Pending, DepositEvents.Processing, Reserve),
            new(Unknown, Pending, DepositEvents.ProcessingNotOpen),
            new(Unknown, HeldInSuspense, DepositEvents.SuccessNotOpen, Hold),
            new(Unknown, Failed, DepositEvents.Failure),
            new(Unknown, Mismatch, DepositEvents.Mismatch, Suspend),
            new(Pending, Succeeded, DepositEvents.Success, Settle),
            new(Pending, HeldInSuspense, DepositEvents.SuccessNotOpen, $"{Release}; {Hold}"),
            new(Pending, Failed, DepositEvents.Failure, Release),
            new(Pending, Mismatch, DepositEvents.Mismatch, $"{Release}; {Suspend}"),
            new(Failed, Succeeded, DepositEvents.LateSuccess, Credit),
            new(Failed, HeldInSuspense, DepositEvents.LateSuccessNotOpen, Hold),
            new(Failed, Mismatch, DepositEvents.LateMismatch, Suspend),
            new(HeldInSuspense, Succeeded, DepositEvents.Released, PayOver),
        ]);
}

/// <summary>The events that change a deposit; they are the reasons in its history.</summary>
internal static class DepositEvents
{
    public const string Submit = "submit";
    public const string NotSent = "not_sent";

    /// <summary>It certainly was not sent, and is too old to be charged without the user waiting for it.</summary>
    public const string GiveUp = "give_up";
    public const string Success = "success";
    public const string Processing = "processing";
    public const string Failure = "failure";
    public const string AnswerLost = "answer_lost";
    public const string Mismatch = "mismatch";

    /// <summary>The provider says "succeeded" after we said "failed" (fault U-02).</summary>
    public const string LateSuccess = "late_success";
    public const string LateMismatch = "late_mismatch";

    /// <summary>The provider works on it, and the wallet's account takes no posting now (fault L-12).</summary>
    public const string ProcessingNotOpen = "processing_account_not_open";
    public const string SuccessNotOpen = "success_account_not_open";
    public const string LateSuccessNotOpen = "late_success_account_not_open";

    /// <summary>The account is open again.</summary>
    public const string Released = "released";
}
