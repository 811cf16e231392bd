using System.Collections.Immutable;

namespace Florin.Ledger.StateMachine;

/// <summary>The rules on totals. They hold for a transaction as a whole: its transfers apply together, so their order within it must not matter.</summary>
internal static class BalanceRules
{
    /// <summary>The first transfer that leaves an account beyond what its flags allow.</summary>
    public static TransactionResult? FirstBroken(List<AppliedTransfer> applied)
    {
        for (int index = 0; index < applied.Count; index++)
        {
            AppliedTransfer transfer = applied[index];
            if (transfer.Debit.DebitsExceedCredits || transfer.Credit.DebitsExceedCredits)
            {
                return new TransactionResult(TransactionStatus.ExceedsCredits, index, 0, default);
            }

            if (transfer.Credit.CreditsExceedDebits || transfer.Debit.CreditsExceedDebits)
            {
                return new TransactionResult(TransactionStatus.ExceedsDebits, index, 0, default);
            }
        }

        return null;
    }

    /// <summary>The first condition that does not hold. The accounts are open: the guards have looked.</summary>
    public static TransactionResult? FirstFailed(LedgerState state, ImmutableArray<BalanceCondition> conditions)
    {
        foreach (BalanceCondition condition in conditions.IsDefault ? [] : conditions)
        {
            bool isOpen = state.TryGetAccount(condition.Account, out AccountState? account);
            Invariant.Assert(isOpen);
            if (!Holds(condition, account!.ToBalance(state.Sequence)))
            {
                return new TransactionResult(TransactionStatus.ConditionFailed, -1, 0, default);
            }
        }

        return null;
    }

    /// <summary>The most that a balancing transfer can move now.</summary>
    public static UInt128 Room(Balancing balancing, in AppliedTransfer transfer)
    {
        AccountTotals debit = transfer.Debit.Totals;
        AccountTotals credit = transfer.Credit.Totals;
        return balancing == Balancing.Debit
            ? Floor(debit.CreditsPosted, debit.DebitsPosted + debit.DebitsPending)
            : Floor(credit.DebitsPosted, credit.CreditsPosted + credit.CreditsPending);
    }

    private static UInt128 Floor(UInt128 plus, UInt128 minus) => plus > minus ? plus - minus : UInt128.Zero;

    private static bool Holds(BalanceCondition condition, AccountBalance balance)
    {
        bool isNegative = false;
        UInt128 magnitude = condition.Measure switch
        {
            BalanceMeasure.Available => balance.Available,
            BalanceMeasure.Posted => balance.Posted(out isNegative),
            BalanceMeasure.DebitsPending => balance.DebitsPending,
            BalanceMeasure.DebitsPosted => balance.DebitsPosted,
            BalanceMeasure.CreditsPending => balance.CreditsPending,
            BalanceMeasure.CreditsPosted => balance.CreditsPosted,
            _ => throw new System.Diagnostics.UnreachableException($"Measure {condition.Measure} passed the guards."),
        };
        int order = Compare(magnitude, isNegative, condition.Value);
        return condition.Comparison switch
        {
            Comparison.Equal => order == 0,
            Comparison.NotEqual => order != 0,
            Comparison.Less => order < 0,
            Comparison.LessOrEqual => order <= 0,
            Comparison.Greater => order > 0,
            Comparison.GreaterOrEqual => order >= 0,
            _ => throw new System.Diagnostics.UnreachableException($"Comparison {condition.Comparison} passed the guards."),
        };
    }

    // A total may be larger than any signed number of 128 bits, so the signs are looked at first.
    private static int Compare(UInt128 magnitude, bool isNegative, Int128 value)
    {
        if (isNegative != (value < Int128.Zero))
        {
            return isNegative ? -1 : 1;
        }

        UInt128 other = value < Int128.Zero ? unchecked((UInt128)(-value)) : (UInt128)value;
        return isNegative ? other.CompareTo(magnitude) : magnitude.CompareTo(other);
    }
}
