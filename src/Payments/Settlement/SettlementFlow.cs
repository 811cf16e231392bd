using Florin.Flows;

namespace Florin.Payments.Settlement;

/// <summary>The declared states and transitions of <c>payment.settlement</c>.</summary>
internal static class SettlementFlow
{
    public const string Kind = "payment.settlement";

    public const string Noticed = "noticed";
    public const string Posting = "posting";
    public const string Settled = "settled";
    public const string Returned = "returned";
    public const string Duplicate = "duplicate";

    private const string Lines =
        "payment: Dr bank:{bank}:safeguarded (net), expense:psp_fees (fee), expense:settlement_differences (what is missing) / Cr psp:{provider}:clearing, "
        + "Dr bank:{bank}:safeguarded / Cr suspense:{provider} (what is too much); "
        + "refund, dispute, reversal, payout, what is withheld: Dr psp:{provider}:clearing / Cr bank:{bank}:safeguarded, and the other way when it came back; "
        + "what is carried, where lines are not named: Dr bank:{bank}:safeguarded / Cr psp:{provider}:clearing, and the other way when it is used up; "
        + "fee: Dr expense:psp_fees / Cr bank:{bank}:safeguarded; "
        + "what the house bears: Dr bank:{bank}:safeguarded / Cr bank:{bank}:operating; "
        + "what is nobody's: Dr bank:{bank}:safeguarded, expense:psp_fees / Cr suspense:{provider}, or Dr shortfall:{provider} / Cr bank:{bank}:safeguarded";

    private const string Return = "Dr psp:{provider}:clearing / Cr bank:{bank}:safeguarded for the whole";

    public static FlowDefinition Definition { get; } = new(
        Kind,
        "Follows one transfer of a provider to our bank and posts what it holds, line by line. A line that was posted with an earlier transfer is not posted again.",
        [
            new(Noticed, IsFinal: false, IsReportable: true, "The provider makes it; nothing is posted."),
            new(Posting, IsFinal: false, IsReportable: true, "It is at the bank; its lines are stored and are being posted."),
            new(Settled, IsFinal: false, IsReportable: true, "All lines are posted; may still come back (R-17)."),
            new(Returned, IsFinal: false, IsReportable: true, "It did not arrive: the provider holds the money again, and pays it with a later transfer."),
            new(Duplicate, IsFinal: true, IsReportable: true, "All its lines came before, with other transfers; nothing was posted (I-13)."),
        ],
        [Noticed],
        [
            new(Noticed, Posting, SettlementEvents.Itemised),
            new(Noticed, Duplicate, SettlementEvents.Duplicate),
            new(Posting, Posting, SettlementEvents.Posted, Lines),
            new(Posting, Settled, SettlementEvents.Settled),
            new(Settled, Settled, SettlementEvents.Told),
            new(Settled, Returned, SettlementEvents.Returned, Return),
            new(Returned, Returned, SettlementEvents.Told),
            new(Returned, Settled, SettlementEvents.Repaid),
        ]);
}

/// <summary>The events that change a settlement; they are the reasons in its history.</summary>
internal static class SettlementEvents
{
    /// <summary>It is paid and its lines add up to it.</summary>
    public const string Itemised = "itemised";
    public const string Duplicate = "duplicate";
    public const string Posted = "lines_posted";
    public const string Settled = "settled";

    /// <summary>The payments of its lines were told to count again.</summary>
    public const string Told = "payments_told";

    /// <summary>The named reversal of a settlement (faults W-05, R-17).</summary>
    public const string Returned = "settlement_returned";

    /// <summary>A line of a later transfer pays it; that line was posted there.</summary>
    public const string Repaid = "settlement_repaid";
}
