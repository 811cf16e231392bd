namespace Florin.Tests.Ledger.StateMachine;

/// <summary>What a pending transaction goes through, and accounts that are frozen or closed meanwhile, as statements for <see cref="LedgerTable"/>.</summary>
internal static class PendingTables
{
    public static Dictionary<string, string> Tables { get; } = new()
    {
        ["posts in part keep the rest reserved until the last one"] =
            """
            1 posted bank>alice 100                  = Created
            2 pending alice>bob 60, alice>fee 10     = Created
            3 postpart 2 [20,0]                      = Created
            alice: dr 20+50 cr 100+0
            bob:   dr 0+0 cr 20+40
            fee:   dr 0+0 cr 0+10
            3 postpart 2 [20,0]                      = Exists
            3 postpart 2 [21,0]                      = ExistsWithDifferentAmount@0
            3 post 2 [20,0]                          = ExistsWithDifferentKind
            9 postpart 2 [41,0]                      = ExceedsRelatedAmount@0
            9 postpart 2 [0,0]                       = NothingToDo
            9 postpart 2 [1]                         = AmountsCountDiffers
            9 posted alice>bob 31                    = ExceedsCredits@0
            5 postpart 2 [40,0]                      = Created
            6 postpart 2                             = Created
            6 postpart 2                             = Exists
            alice: dr 70+0 cr 100+0
            bob:   dr 0+0 cr 60+0
            fee:   dr 0+0 cr 10+0
            9 postpart 2                             = RelatedAlreadyPosted
            9 post 2                                 = RelatedAlreadyPosted
            9 void 2                                 = RelatedAlreadyPosted
            9 release 2                              = RelatedAlreadyPosted
            9 increase 2 [1,1]                       = RelatedAlreadyPosted
            9 extend 2 for 60                        = RelatedAlreadyPosted
            """,
        ["a post or a void after posts in part ends what is left"] =
            """
            1 posted bank>alice 100      = Created
            2 pending alice>bob 60       = Created
            3 postpart 2 [20]            = Created
            9 post 2 [41]                = ExceedsRelatedAmount@0
            4 post 2 [15]                = Created
            alice: dr 35+0 cr 100+0
            bob:   dr 0+0 cr 35+0
            4 post 2 [15]                = Exists
            4 post 2                     = ExistsWithDifferentAmount@0
            9 void 2                     = RelatedAlreadyPosted
            6 pending alice>bob 50       = Created
            7 postpart 6 [20]            = Created
            8 void 6                     = Created
            alice: dr 55+0 cr 100+0
            9 post 6                     = RelatedAlreadyPosted
            """,
        ["increase reserves more and release less"] =
            """
            1 posted bank>alice 100              = Created
            2 pending alice>bob 40, alice>fee 5  = Created
            9 increase 2                         = AmountsMustBePresent
            9 increase 2 [0,0]                   = NothingToDo
            9 increase 2 [1]                     = AmountsCountDiffers
            9 increase 2 [56,0]                  = ExceedsCredits@0
            9 increase 2 [max,0]                 = OverflowsTotals@0
            3 increase 2 [30,0]                  = Created
            alice: dr 0+75 cr 100+0
            bob:   dr 0+0 cr 0+70
            3 increase 2 [30,0]                  = Exists
            3 increase 2                         = ExistsWithDifferentAmount@0
            3 increase 2 [30,1]                  = ExistsWithDifferentAmount@1
            4 release 2 [10,5]                   = Created
            4 release 2 [10,5]                   = Exists
            alice: dr 0+60 cr 100+0
            fee:   dr 0+0 cr 0+0
            9 release 2 [61,0]                   = ExceedsRelatedAmount@0
            9 release 2 [0,1]                    = ExceedsRelatedAmount@1
            5 release 2                          = Created
            alice: dr 0+0 cr 100+0
            9 post 2                             = RelatedAlreadyVoided
            9 void 2                             = RelatedAlreadyVoided
            9 increase 2 [1,0]                   = RelatedAlreadyVoided
            6 pending bank>fee 1                 = Created
            9 extend 6 for 60                    = RelatedHasNoTimeout
            9 increase 1 [1]                     = RelatedNotPending
            9 release 77                         = RelatedNotFound
            7 pending alice>bob 10               = Created
            8 increase 7 [90]                    = Created
            10 post 7 [95]                       = Created
            alice: dr 95+0 cr 100+0
            """,
        ["a time-out is for pending and for extend, within its bounds"] =
            """
            9 posted bank>alice 1 for 60                  = TimeoutMustBeAbsent
            9 void 1 for 60                               = TimeoutMustBeAbsent
            9 extend 1                                    = TimeoutMustBePresent
            9 pending bank>alice 1 for 0.5                = TimeoutOutOfRange
            9 pending bank>alice 1 for 315619201          = TimeoutOutOfRange
            9 pending bank>alice 1 ticks 10000001         = TimeoutOutOfRange
            1 pending bank>alice 10 for 100               = Created
            1 pending bank>alice 10 for 100               = Exists
            1 pending bank>alice 10 for 101               = ExistsWithDifferentTimeout
            1 pending bank>alice 10                       = ExistsWithDifferentTimeout
            9 extend 1 for 50                             = ExpiryMustBeLater
            2 extend 1 for 100                            = Created
            2 extend 1 for 100                            = Exists
            2 extend 1 for 99                             = ExistsWithDifferentTimeout
            2 extend 1 for 100 [1]                        = ExistsWithDifferentAmount@0
            3 pending bank>alice 1 for 315619200          = Created
            """,
        ["a pending transaction expires by ledger time and what comes later has one outcome"] =
            """
            1 posted bank>alice 100      = Created
            2 pending alice>bob 60 for 60 = Created
            3 postpart 2 [10]            = Created
            wait 57
            4 postpart 2 [10]            = Created
            9 post 2                     = RelatedExpired
            9 postpart 2 [1]             = RelatedExpired
            9 void 2                     = RelatedExpired
            9 release 2                  = RelatedExpired
            9 increase 2 [1]             = RelatedExpired
            9 extend 2 for 60            = RelatedExpired
            alice: dr 20+40 cr 100+0
            pass
            alice: dr 20+0 cr 100+0
            bob:   dr 0+0 cr 20+0
            9 post 2                     = RelatedExpired
            9 void 2                     = RelatedExpired
            pass
            alice: dr 20+0 cr 100+0
            4 postpart 2 [10]            = Exists
            """,
        ["what has ended does not expire"] =
            """
            1 posted bank>alice 100      = Created
            2 pending alice>bob 10 for 60 = Created
            3 pending alice>bob 20 for 60 = Created
            4 post 2                     = Created
            5 void 3                     = Created
            & 6 pending alice>bob 30 for 60 = LinkedTransactionFailed
            7 posted alice>bob 500       = ExceedsCredits@0
            wait 100
            pass
            alice: dr 10+0 cr 100+0
            bob:   dr 0+0 cr 10+0
            """,
        ["an extension moves the end"] =
            """
            1 posted bank>alice 100      = Created
            2 pending alice>bob 60 for 60 = Created
            wait 50
            3 extend 2 for 60            = Created
            wait 10
            pass
            alice: dr 0+60 cr 100+0
            wait 47
            4 postpart 2 [1]             = Created
            alice: dr 1+59 cr 100+0
            pass
            alice: dr 1+0 cr 100+0
            """,
        ["an extension that is refused with its submission changes nothing"] =
            """
            1 posted bank>alice 100       = Created
            2 pending alice>bob 60 for 60 = Created
            & 3 extend 2 for 600          = LinkedTransactionFailed
            & 4 postpart 2 [10]           = LinkedTransactionFailed
            5 posted alice>bob 500        = ExceedsCredits@0
            wait 60
            pass
            alice: dr 0+0 cr 100+0
            """,
        ["the post of a part is reversed up to its amount"] =
            """
            1 posted bank>alice 100      = Created
            2 pending alice>bob 60       = Created
            3 postpart 2 [20]            = Created
            4 reverse 3 [5]              = Created
            9 reverse 3 [16]             = ExceedsRelatedAmount@0
            6 reverse 3                  = Created
            9 reverse 3                  = NothingToDo
            9 reverse 2                  = RelatedNotPosted
            alice: dr 20+40 cr 120+0
            bob:   dr 20+0 cr 20+40
            """,
        ["an account that is frozen or closed moves nothing and lets reservations go"] =
            """
            1 posted bank>alice 100       = Created
            2 pending alice>bob 30        = Created
            3 pending alice>bob 30 for 30 = Created
            4 pending bank>alice 7        = Created
            standing alice Frozen
            standing alice Frozen
            9 posted alice>bob 1          = DebitAccountNotOpen@0
            9 posted bank>fee 1, bank>alice 1 = CreditAccountNotOpen@1
            9 pending alice>bob 1         = DebitAccountNotOpen@0
            9 post 2                      = DebitAccountNotOpen@0
            9 postpart 2 [1]              = DebitAccountNotOpen@0
            9 increase 2 [1]              = DebitAccountNotOpen@0
            9 reverse 1                   = DebitAccountNotOpen@0
            9 post 4                      = CreditAccountNotOpen@0
            1 posted bank>alice 100       = Exists
            5 release 2 [10]              = Created
            6 void 2                      = Created
            wait 30
            pass
            alice: dr 0+0 cr 100+7
            standing alice Closed         = AccountNotEmpty
            standing nobody Frozen        = AccountNotFound
            standing alice Open
            8 posted alice>bob 100        = Created
            standing alice Closed
            9 posted bank>alice 1         = CreditAccountNotOpen@0
            9 post 4                      = CreditAccountNotOpen@0
            10 void 4                     = Created
            standing alice Open
            11 posted bank>alice 1        = Created
            """,
    };
}
