namespace Florin.Ledger;

/// <summary>The side on which an account grows. Numbers are stored: append, never renumber.</summary>
public enum NormalSide : byte
{
    /// <summary>Assets and expenses.</summary>
    Debit = 0,

    /// <summary>Liabilities, income and equity.</summary>
    Credit = 1,
}

/// <summary>What an account refuses. Numbers are stored: append, never renumber.</summary>
[Flags]
public enum AccountFlags
{
    None = 0,

    /// <summary>Posted and pending debits together may never exceed posted credits: a customer's balance stays at or above zero.</summary>
    DebitsMustNotExceedCredits = 1,

    /// <summary>Posted and pending credits together may never exceed posted debits.</summary>
    CreditsMustNotExceedDebits = 2,

    /// <summary>
    /// Held for customers (normal side debit) or owed to them (normal side credit). No transaction may owe them more of an asset than the house
    /// holds for them: see <see cref="TransactionStatus.ExceedsSafeguarded"/>.
    /// </summary>
    Safeguarding = 4,
}

/// <summary>Whether an account takes part in movements. Numbers are stored: append, never renumber.</summary>
public enum AccountStanding : byte
{
    Open = 0,

    /// <summary>Nothing new moves in or out and nothing more is reserved; what is reserved can be released, and expires. Can be opened again.</summary>
    Frozen = 1,

    /// <summary>As frozen. Only an account whose posted debits equal its posted credits can be closed.</summary>
    Closed = 2,
}

/// <summary>What an account is when it is opened. Opening is idempotent; another definition for an open account is refused.</summary>
public readonly record struct AccountDefinition(AccountId Id, NormalSide NormalSide, AccountFlags Flags);

/// <summary>The four running totals of an account, in smallest units of its asset.</summary>
public readonly record struct AccountTotals(UInt128 DebitsPending, UInt128 DebitsPosted, UInt128 CreditsPending, UInt128 CreditsPosted);

/// <summary>The running totals of an account at one ledger sequence.</summary>
/// <remarks>Units: smallest units of the account's asset.</remarks>
public readonly record struct AccountBalance(
    AccountId Id,
    NormalSide NormalSide,
    AccountFlags Flags,
    UInt128 DebitsPending,
    UInt128 DebitsPosted,
    UInt128 CreditsPending,
    UInt128 CreditsPosted,
    ulong Sequence)
{
    public AccountStanding Standing { get; init; }

    /// <summary>What can be taken from the normal side now: posted, less what pending transfers hold; zero when that is negative.</summary>
    public UInt128 Available => NormalSide == NormalSide.Credit
        ? Floor(CreditsPosted, DebitsPosted, DebitsPending)
        : Floor(DebitsPosted, CreditsPosted, CreditsPending);

    /// <summary>Posted on the normal side less posted on the other; <paramref name="isNegative"/> tells when the account stands on its other side.</summary>
    public UInt128 Posted(out bool isNegative)
    {
        (UInt128 normal, UInt128 other) = NormalSide == NormalSide.Credit ? (CreditsPosted, DebitsPosted) : (DebitsPosted, CreditsPosted);
        isNegative = other > normal;
        return isNegative ? other - normal : normal - other;
    }

    private static UInt128 Floor(UInt128 plus, UInt128 minus, UInt128 held)
    {
        if (plus <= minus)
        {
            return UInt128.Zero;
        }

        UInt128 rest = plus - minus;
        return rest <= held ? UInt128.Zero : rest - held;
    }
}
