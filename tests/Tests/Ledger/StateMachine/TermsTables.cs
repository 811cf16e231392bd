namespace Florin.Tests.Ledger.StateMachine;

/// <summary>What a command may ask beyond its transfers, and what its submission may, as statements for <see cref="LedgerTable"/>.</summary>
internal static class TermsTables
{
    public static Dictionary<string, string> Tables { get; } = new()
    {
        ["the shape of terms"] =
            """
            9 posted bank>alice 1:other                      = TermUnknown
            9 posted bank>alice 1 if alice Posted 9 1        = TermUnknown
            9 posted bank>alice 1 if alice 99 ge 1           = TermUnknown
            9 posted bank>alice 1 policy 7                   = TermUnknown
            9 posted bank>alice 1 if alice Posted ge 0x65    = TooManyConditions
            9 posted bank>alice 5~1                          = MinimumMalformed@0
            9 posted bank>fee 1, bank>alice 5:dr~6           = MinimumMalformed@1
            9 posted bank>alice 1 if nobody Posted ge 0      = ConditionAccountNotFound
            1 posted bank>alice 1 if alice Posted ge 0x64    = Created
            1 posted bank>alice 1 if alice Posted ge 0x64    = Exists
            1 posted bank>alice 1 if alice Posted ge 0x63    = ExistsWithDifferentTerms
            1 posted bank>alice 1 if alice Posted ge 0x300   = ExistsWithDifferentTerms
            1 posted bank>alice 1 if nobody Posted ge 0x64   = ExistsWithDifferentTerms
            1 posted bank>alice 1 if alice Posted ge 0x64 adjust = ExistsWithDifferentTerms
            1 posted bank>alice 1                            = ExistsWithDifferentTerms
            """,
        ["a balancing transfer moves what the debited account can give"] =
            """
            1 posted bank>alice 100                          = Created
            2 pending alice>bob 30                           = Created
            9 posted alice>fee 100:dr~71                     = BelowMinimum@0
            3 posted alice>fee 100:dr~70                     = Created
            alice: dr 70+30 cr 100+0
            3 posted alice>fee 100:dr~70                     = Exists
            3 posted alice>fee 99:dr~70                      = ExistsWithDifferentAmount@0
            3 posted alice>fee 70                            = ExistsWithDifferentAmount@0
            3 posted alice>fee 100:dr~69                     = ExistsWithDifferentTerms
            3 posted alice>fee 100:cr~70                     = ExistsWithDifferentTerms
            1 posted bank>alice 100~1                        = ExistsWithDifferentTerms
            9 posted alice>fee 1:dr                          = BelowMinimum@0
            4 posted bank>alice 10, alice>fee max:dr         = Created
            4 posted bank>alice 10, alice>fee max:dr         = Exists
            alice: dr 80+30 cr 110+0
            9 posted bank>alice 10, alice>fee max:dr~11      = BelowMinimum@1
            5 posted bank>bob 40                             = Created
            6 pending bob>fee 100:dr                         = Created
            6 pending bob>fee 100:dr                         = Exists
            bob:   dr 0+40 cr 40+30
            9 post 6 [41]                                    = ExceedsRelatedAmount@0
            7 post 6                                         = Created
            bob:   dr 40+0 cr 40+30
            """,
        ["a balancing transfer moves what the credited account can take"] =
            """
            1 posted safe>bank 50                            = Created
            2 pending bank>safe 20                           = Created
            9 posted bank>safe 100:cr~31                     = BelowMinimum@0
            3 posted bank>safe 100:cr~30                     = Created
            safe:  dr 50+0 cr 30+20
            3 posted bank>safe 100:cr~30                     = Exists
            9 posted bank>safe 1:cr                          = BelowMinimum@0
            4 posted safe>bank 5, bank>safe max:cr           = Created
            safe:  dr 55+0 cr 35+20
            """,
        ["a balancing transfer never leaves 128 bits"] =
            """
            1 posted bank>fee max-50                         = Created
            2 posted fee>alice max:dr                        = Created
            alice: dr 0+0 cr 340282366920938463463374607431768211405+0
            9 posted alice>fee max:dr                        = OverflowsTotals@0
            3 posted alice>bob 40:dr                         = Created
            9 posted bob>alice 40:dr, safe>alice 20          = OverflowsTotals@1
            4 posted bob>alice 40:dr, safe>alice 10          = Created
            alice: dr 40+0 cr 340282366920938463463374607431768211455+0
            """,
        ["conditions look at accounts as the transaction leaves them"] =
            """
            1 posted bank>alice 100 if alice Available eq 100 if alice CreditsPosted eq 100 if bank DebitsPosted eq 100 = Created
            2 pending alice>bob 30 if alice DebitsPending eq 30 if alice Available eq 70 if bob CreditsPending gt 29 if alice Posted ge 100 = Created
            9 posted alice>bob 1 if alice Available ge 70    = ConditionFailed
            9 posted alice>bob 1 if alice Available ne 69    = ConditionFailed
            9 posted alice>bob 1 if alice Available gt 69    = ConditionFailed
            9 posted alice>bob 1 if alice Available le 68    = ConditionFailed
            9 posted alice>bob 1 if alice Available lt 69    = ConditionFailed
            9 posted alice>bob 1 if alice Available eq 70    = ConditionFailed
            9 posted alice>bob 1 if alice DebitsPending eq 0 = ConditionFailed
            9 posted alice>bob 1 if alice DebitsPosted eq 0  = ConditionFailed
            9 posted alice>bob 1 if bob CreditsPending eq 0  = ConditionFailed
            9 posted alice>bob 1 if bob CreditsPosted eq 0   = ConditionFailed
            9 posted alice>bob 1 if bank Posted ne 100       = ConditionFailed
            9 posted alice>bob 1 if bob Posted eq 1 if alice Posted eq 98 = ConditionFailed
            3 posted alice>bob 1 if alice Available le 69 if alice Available lt 70 if alice Available ne 70 if alice Available gt 68 = Created
            4 posted fee>bank 5 if fee Posted eq -5          = Created
            9 posted fee>bank 1 if fee Posted ge -5          = ConditionFailed
            9 posted fee>bank 1 if fee Posted lt -6          = ConditionFailed
            9 posted fee>bank 1 if fee Posted gt 0           = ConditionFailed
            9 posted fee>bank 1 if fee Posted eq 6           = ConditionFailed
            5 posted fee>bank 1 if fee Posted lt -5 if fee Posted gt min if fee Posted le -6 if fee Posted ne 6 if fee Available eq 0 = Created
            9 void 2 if alice DebitsPending ne 0             = ConditionFailed
            alice: dr 1+30 cr 100+0
            6 void 2 if alice DebitsPending eq 0             = Created
            6 void 2 if alice DebitsPending eq 1             = ExistsWithDifferentTerms
            1 posted bank>alice 100 if alice Available eq 100 if alice CreditsPosted eq 100 if bank DebitsPosted eq 100 = Exists
            """,
        ["a closed period refuses or adjusts"] =
            """
            1 posted bank>alice 10 date 2026-01-10           = Created
            books 2026-01-15                                 = PeriodNotOver
            books 2026-01-14
            9 posted bank>alice 1 date 2026-01-14            = PeriodClosed
            9 pending bank>alice 1 date 2026-01-01           = PeriodClosed
            2 posted bank>alice 1 date 2026-01-14 adjust     = Created
            2 posted bank>alice 1 date 2026-01-14 adjust     = Exists
            2 posted bank>alice 1 date 2026-01-14            = ExistsWithDifferentTerms
            2 posted bank>alice 1 date 2026-01-13 adjust     = ExistsWithDifferentEffectiveDate
            2 posted bank>alice 1 adjust                     = ExistsWithDifferentEffectiveDate
            3 posted bank>alice 1 date 2026-01-15            = Created
            4 posted bank>alice 1                            = Created
            1 posted bank>alice 10 date 2026-01-10           = Exists
            9 reverse 1 date 2026-01-10                      = PeriodClosed
            5 reverse 1 date 2026-01-10 adjust               = Created
            5 reverse 1 date 2026-01-10 adjust               = Exists
            books 2026-01-10
            9 posted bank>alice 1 date 2026-01-12            = PeriodClosed
            6 pending bank>alice 5 date 2026-01-01 adjust    = Created
            6 pending bank>alice 5 date 2026-01-01 adjust    = Exists
            7 posted bank>alice 1 date 2026-02-01 adjust     = Created
            alice: dr 10+0 cr 14+5
            """,
        ["what is used of a limit is counted with what is applied"] =
            """
            uses k 6/10
            1 posted bank>alice 1        = Created
            uses k 5/10
            9 posted bank>alice 1        = LimitExceeded
            uses k 4/10
            2 posted bank>alice 1        = Created
            uses k 6/10
            1 posted bank>alice 1        = Exists
            uses k 1/10
            9 posted bank>alice 1        = LimitExceeded
            uses k 1/11
            uses k 1/11
            9 posted bank>alice 1        = LimitExceeded
            uses k 1/11
            uses other 5/5
            3 posted bank>alice 1        = Created
            uses m 5/5
            9 posted alice>bob 500       = ExceedsCredits@0
            uses m 5/5
            4 posted bank>alice 1        = Created
            wait 3600
            pass
            uses k 10/10
            5 posted bank>alice 1        = Created
            uses n 5/5
            standing alice Open
            uses n 5/5
            6 posted bank>alice 1        = Created
            """,
        ["nothing is applied after its deadline and what was applied in time is told"] =
            """
            by 0
            1 posted bank>alice 10       = Created
            by -1
            2 posted bank>alice 10       = DeadlinePassed
            by -1
            1 posted bank>alice 10       = Exists
            by -1
            1 posted bank>alice 11       = ExistsWithDifferentAmount@0
            by -1
            & 1 posted bank>alice 10     = DeadlinePassed
            2 posted bank>alice 10       = DeadlinePassed
            2 posted bank>alice 10       = Created
            """,
        ["nobody is owed more than is held for all, unless the house's own covers it"] =
            """
            open trust D safeguarding
            open coins/EUR D safeguarding
            open ann C safeguarding
            open ben C safeguarding
            open ben/EUR C safeguarding
            open promo D
            open promo/EUR D
            1 posted trust>ann 100                      = Created
            9 posted promo>ann 1                        = ExceedsSafeguarded@0
            9 posted trust>ann 5, promo>ben 1           = ExceedsSafeguarded@0
            9 posted bank>fee 1, promo>ben 1            = ExceedsSafeguarded@1
            9 posted promo/EUR>ben/EUR 1                = ExceedsSafeguarded@0
            2 posted ann>ben 100                        = Created
            3 posted ben>fee 3                          = Created
            4 posted promo>ann 3                        = Created
            9 posted promo>ann 1                        = ExceedsSafeguarded@0
            5 posted trust>bank 7                       = Created
            6 posted promo>ann 7                        = Created
            7 pending promo>ann 2                       = Created
            9 post 7                                    = ExceedsSafeguarded@0
            8 void 7                                    = Created
            10 posted trust>promo/EUR 1                 = AssetsMustBeSame@0
            11 posted promo>trust 20                    = Created
            9 posted promo>ann 1                        = ExceedsSafeguarded@0
            12 posted trust>ann 50                      = Created
            13 posted ann>ben 40                        = Created
            14 posted ann>trust 10                      = Created
            9 reverse 3                                 = ExceedsSafeguarded@0
            15 posted trust>fee 20                      = Created
            & 16 posted trust>fee 2                     = LinkedTransactionFailed
            9 posted promo>ben 3                        = ExceedsSafeguarded@0
            9 posted promo>ben 1                        = ExceedsSafeguarded@0
            & 16 posted trust>fee 2                     = Created
            17 posted promo>ben 2                       = Created
            9 posted promo>ben 1                        = ExceedsSafeguarded@0
            """,
    };
}
