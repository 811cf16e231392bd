using Florin.Flows;

namespace Florin.Wallets.Recovered;

/// <summary>The declared states and transitions of <c>wallet.recovered</c>.</summary>
internal static class RecoveredFlow
{
    public const string Kind = "wallet.recovered";

    /// <summary>Whose these flows are, for lists: nobody's yet.</summary>
    public const string Owner = "restored";

    public const string Found = "found";
    public const string InSuspense = "in_suspense";
    public const string Shortfall = "shortfall";
    public const string NothingMoved = "nothing_moved";

    public const string Captured = "captured";
    public const string Paid = "paid";
    public const string Failed = "failed";
    public const string CameBack = "returned";

    private const string TakeIn = "Dr psp:{provider}:clearing / Cr suspense:restored";
    private const string TakeOut = "Dr shortfall:restored / Cr psp:{provider}:clearing";

    public static FlowDefinition Definition { get; } = new(
        Kind,
        "Books what the provider did for a flow that the database does not have any more, because it was restored from a backup (fault T-06). It has the "
        + "lost flow's id, so that a repeat of the lost request sends nothing again. Listed at GET /flows/recovered; a person assigns the money.",
        [
            new(Found, IsFinal: false, IsReportable: true, "The provider has the object under our reference; it is looked at until it ends."),
            new(InSuspense, IsFinal: true, IsReportable: true, "Money came in; whose it is has to be found out."),
            new(Shortfall, IsFinal: true, IsReportable: true, "Money went out; whose it was has to be found out."),
            new(NothingMoved, IsFinal: true, IsReportable: true, "The provider's object failed or came back: no money moved."),
        ],
        [Found],
        [
            new(Found, InSuspense, Captured, TakeIn),
            new(Found, Shortfall, Paid, TakeOut),
            new(Found, NothingMoved, Failed),
            new(NothingMoved, InSuspense, Captured, TakeIn),
            new(Shortfall, NothingMoved, CameBack, $"reverse: {TakeOut}"),
        ]);
}
