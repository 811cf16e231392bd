using Florin.Ledger.Journal;

namespace Florin.Ledger.StateMachine;

/// <summary>An account with its running totals. Only the state machine changes it.</summary>
internal sealed class AccountState(AccountRow row)
{
    public AccountRow Row { get; } = row;

    public long Number => Row.Number;

    public AccountTotals Totals { get; set; }

    public AccountStanding Standing { get; set; }

    /// <summary>Link to its newest transfer: the sequence, shifted, with its side there in the lowest bit. Zero without one.</summary>
    public long LastEntry { get; set; }

    /// <summary>Changed since the last checkpoint took it.</summary>
    public bool IsDirty { get; set; }

    public bool DebitsExceedCredits =>
        (Row.Flags & AccountFlags.DebitsMustNotExceedCredits) != 0
        && Totals.DebitsPosted + Totals.DebitsPending > Totals.CreditsPosted;

    public bool CreditsExceedDebits =>
        (Row.Flags & AccountFlags.CreditsMustNotExceedDebits) != 0
        && Totals.CreditsPosted + Totals.CreditsPending > Totals.DebitsPosted;

    public AccountBalance ToBalance(long sequence) => new(
        Row.Id, Row.NormalSide, Row.Flags, Totals.DebitsPending, Totals.DebitsPosted, Totals.CreditsPending, Totals.CreditsPosted, (ulong)sequence)
    {
        Standing = Standing,
    };
}
