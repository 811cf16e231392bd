using Florin.Flows;

namespace Florin.Payments.Disputes;

/// <summary>The declared states and transitions of <c>payment.dispute</c>.</summary>
internal static class DisputeFlow
{
    public const string Kind = "payment.dispute";

    public const string Noticed = "noticed";
    public const string Inquiry = "inquiry";
    public const string NeedsResponse = "needs_response";
    public const string UnderReview = "under_review";
    public const string Won = "won";
    public const string Lost = "lost";

    private const string Open =
        "Dr dispute:{provider}:held / Cr psp:{provider}:clearing; Dr merchant:{id}:available (as far as it goes), merchant:{id}:receivable (the rest) / "
        + "Cr reserve:{id}; memo pending: Dr payment:{id}:refundable / Cr memo:refundable";

    private const string Regain =
        "Dr psp:{provider}:clearing / Cr dispute:{provider}:held; Dr reserve:{id} / Cr merchant:{id}:receivable (what is still owed), merchant:{id}:available (the "
        + "rest); void the memo";

    private const string Lose =
        "Dr reserve:{id} / Cr dispute:{provider}:held; post the memo; what had been given back before: Dr claim:{provider} / Cr merchant:{id}:receivable (what is "
        + "still owed), merchant:{id}:available (the rest), Dr bank:{bank}:safeguarded / Cr bank:{bank}:operating";

    private const string Repay =
        "void or release, as far as available does not suffice: pending Dr merchant:{id}:available / Cr reserve:{id}; Dr merchant:{id}:available / Cr merchant:{id}:receivable";

    private const string Keep = "memo, pending or, when it was lost, posted: Dr payment:{id}:refundable / Cr memo:refundable";

    public static FlowDefinition Definition { get; } = new(
        Kind,
        "Follows a payer's dispute at the provider. What the provider takes for it is posted when it is seen: Dr expense:psp_fees / Cr psp:{provider}:clearing. Of a "
        + "dispute in another currency the part at the rate of the payment is posted as below, and what the provider moved more or less to fx:gain_loss.",
        [
            new(Noticed, IsFinal: false, IsReportable: false, "The provider told of it; it was not read yet."),
            new(Inquiry, IsFinal: false, IsReportable: true, "A question of the payer's bank; no money is held."),
            new(NeedsResponse, IsFinal: false, IsReportable: true, "The money is held; evidence is due."),
            new(UnderReview, IsFinal: false, IsReportable: true, "The evidence is with the payer's bank; the money is held."),
            new(Won, IsFinal: false, IsReportable: true, "The money is back; it may be opened again (R-07)."),
            new(Lost, IsFinal: false, IsReportable: true, "The money is with the payer."),
        ],
        [Noticed],
        [.. Transitions()]);

    /// <summary>Whether the provider withholds the money.</summary>
    public static bool IsHeld(string state) => state is NeedsResponse or UnderReview;

    private static IEnumerable<FlowTransition> Transitions()
    {
        string[] states = [Noticed, Inquiry, NeedsResponse, UnderReview, Won, Lost];
        foreach (string from in states)
        {
            foreach (string to in states.Where(state => state != Noticed && (state != from || from != Noticed)))
            {
                yield return new FlowTransition(from, to, from == to ? DisputeEvents.Told : to, from == to ? null : Postings(from, to));
            }

            if (IsHeld(from) || from == Lost)
            {
                yield return new FlowTransition(from, from, DisputeEvents.Kept, Keep);
            }
        }

        yield return new FlowTransition(Lost, Lost, DisputeEvents.Repaid, Repay);
    }

    private static string? Postings(string from, string to) => (IsHeld(from), to) switch
    {
        (false, NeedsResponse or UnderReview) => Open,
        (false, Lost) => $"{Open}; {Lose}",
        (true, Won) => Regain,
        (true, Lost) => Lose,
        (true, Inquiry) => Regain,
        _ => null,
    };
}

/// <summary>Beside the states themselves, which are the events that lead to them.</summary>
internal static class DisputeEvents
{
    /// <summary>The payment was told to count again, or a fee was posted.</summary>
    public const string Told = "payment_told";

    /// <summary>What is owed for it was repaid from what was kept back of captures.</summary>
    public const string Repaid = "repaid_from_reserve";

    /// <summary>A refund that was under way when the dispute opened has failed: what it freed is disputed, and kept from being refunded.</summary>
    public const string Kept = "reserve_completed";
}
