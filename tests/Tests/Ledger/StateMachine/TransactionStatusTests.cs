using Florin.Ledger;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Ledger.StateMachine;

/// <summary>Every answer that the ledger gives, as statements.</summary>
public sealed class TransactionStatusTests
{
    private const string Accounts =
        """
        open bank  D
        open alice C dr<=cr
        open bob   C dr<=cr
        open fee   C
        open safe  D cr<=dr
        open bank/EUR D
        open alice/EUR C dr<=cr

        """;

    public static TheoryData<string> Names => [.. All.Keys.Order()];

    private static Dictionary<string, string> All => new(Tables.Concat(PendingTables.Tables).Concat(TermsTables.Tables));

    private static Dictionary<string, string> Tables { get; } = new()
    {
        ["posted moves at once and a repeat is a success"] =
            """
            1 posted bank>alice 100                                  = Created
            1 posted bank>alice 100                                  = Exists
            2 posted alice>bob 60, alice>fee 1                       = Created
            2 posted alice>bob 60, alice>fee 1                       = Exists
            3 posted bank>alice 5 date 2026-01-02 ref r meta {}      = Created
            3 posted bank>alice 5 date 2026-01-02 ref r meta {}      = Exists
            bank:  dr 105+0 cr 0+0
            alice: dr 61+0 cr 105+0
            bob:   dr 0+0 cr 60+0
            fee:   dr 0+0 cr 1+0
            """,
        ["ids are neither zero nor all ones"] =
            """
            0     posted bank>alice 1   = IdMustNotBeZero
            max   posted bank>alice 1   = IdMustNotBeMax
            """,
        ["an id with other content names the first difference"] =
            """
            1 posted bank>alice 100 date 2026-01-02 ref r meta {}                   = Created
            1 pending bank>alice 100 date 2026-01-02 ref r meta {}                  = ExistsWithDifferentKind
            1 kind9 bank>alice 100                                                  = ExistsWithDifferentKind
            1 posted 7 bank>alice 100 date 2026-01-02 ref r meta {}                 = ExistsWithDifferentRelated
            1 posted date 2026-01-02 ref r meta {}                                  = ExistsWithDifferentTransferCount
            1 posted bank>alice 100, bank>bob 1 date 2026-01-02 ref r meta {}       = ExistsWithDifferentTransferCount
            1 posted fee>alice 100 date 2026-01-02 ref r meta {}                    = ExistsWithDifferentDebitAccount@0
            1 posted bank/EUR>alice 100 date 2026-01-02 ref r meta {}               = ExistsWithDifferentDebitAccount@0
            1 posted bank>bob 100 date 2026-01-02 ref r meta {}                     = ExistsWithDifferentCreditAccount@0
            1 posted bank>alice 99 date 2026-01-02 ref r meta {}                    = ExistsWithDifferentAmount@0
            1 posted bank>alice 100 [100] date 2026-01-02 ref r meta {}             = ExistsWithDifferentAmount@0
            1 posted bank>alice 100#2 date 2026-01-02 ref r meta {}                 = ExistsWithDifferentCode@0
            1 posted bank>alice 100 date 2026-01-03 ref r meta {}                   = ExistsWithDifferentEffectiveDate
            1 posted bank>alice 100 ref r meta {}                                   = ExistsWithDifferentEffectiveDate
            1 posted bank>alice 100 date 2026-01-02 ref R meta {}                   = ExistsWithDifferentReference
            1 posted bank>alice 100 date 2026-01-02 ref r meta []                   = ExistsWithDifferentMetadata
            1 posted bank>alice 100 date 2026-01-02 ref r                           = ExistsWithDifferentMetadata
            2 posted bank>alice 1, bank>bob 2                                       = Created
            2 posted bank>bob 2, bank>alice 1                                       = ExistsWithDifferentCreditAccount@0
            2 posted bank>alice 1, bank>bob 3                                       = ExistsWithDifferentAmount@1
            """,
        ["the shape of a transaction"] =
            """
            1 posted bank>alice 100              = Created
            9 kind0 bank>alice 1                 = KindUnknown
            9 kind6 bank>alice 1                 = KindUnknown
            9 posted 1 bank>alice 1              = RelatedMustBeAbsent
            9 pending 1 bank>alice 1             = RelatedMustBeAbsent
            9 post                               = RelatedMustBePresent
            9 void                               = RelatedMustBePresent
            9 reverse                            = RelatedMustBePresent
            9 reverse 9                          = RelatedMustBeDifferent
            9 posted                             = TransfersMustBePresent
            9 pending                            = TransfersMustBePresent
            9 reverse 1 bank>alice 1             = TransfersMustBeAbsent
            9 posted bank>alice 1x65             = TooManyTransfers
            9 posted bank>alice 1 [1]            = AmountsMustBeAbsent
            9 pending bank>alice 1 [1]           = AmountsMustBeAbsent
            9 void 1 [1]                         = AmountsMustBeAbsent
            9 posted bank>alice 1 ref x*201      = ReferenceTooLong
            9 posted bank>alice 1 meta x*8193    = MetadataTooLong
            9 posted bank>alice 1 ref a\0        = ReferenceMalformed
            9 posted bank>alice 1 ref a\ud800    = ReferenceMalformed
            9 posted bank>alice 1 ref \udc00b    = ReferenceMalformed
            9 posted bank>alice 1 meta \ud800a   = MetadataMalformed
            3 posted bank>alice 1x64 ref x*200 meta x*8192        = Created
            4 posted bank>alice 1 ref \ud83d\ude00 meta \ud83d\ude00  = Created
            """,
        ["each transfer of a transaction"] =
            """
            9 posted bank>alice 1, bank>bob 0            = AmountMustNotBeZero@1
            9 posted bank>alice 1#0                      = CodeMustBePositive@0
            9 posted bank>alice 1#-1                     = CodeMustBePositive@0
            9 posted bank>bank 1                         = AccountsMustBeDifferent@0
            9 posted bank>alice/EUR 1                    = AssetsMustBeSame@0
            9 posted nobody>alice 1                      = DebitAccountNotFound@0
            9 posted bank>alice 1, bank>nobody 1         = CreditAccountNotFound@1
            open nobody C
            9 posted bank>alice 1, bank>nobody 1         = Created
            """,
        ["the rules of each transfer stand in order, transfer by transfer"] =
            """
            9 posted bank>nobody 1, bank>bank 0          = CreditAccountNotFound@0
            9 posted bank>bank 0#0                       = AmountMustNotBeZero@0
            9 posted bank>bank 1#0                       = CodeMustBePositive@0
            9 posted nobody>nobody/EUR 1                 = AssetsMustBeSame@0
            9 posted nobody>none 1                       = DebitAccountNotFound@0
            """,
        ["pending holds, post takes, void releases"] =
            """
            1 posted bank>alice 100                  = Created
            2 pending alice>bob 60, alice>fee 1      = Created
            alice: dr 0+61 cr 100+0
            bob:   dr 0+0 cr 0+60
            3 posted alice>bob 40                    = ExceedsCredits@0
            3 posted bob>bank 1                      = ExceedsCredits@0
            4 post 2 [50,0]                          = Created
            alice: dr 50+0 cr 100+0
            bob:   dr 0+0 cr 50+0
            fee:   dr 0+0 cr 0+0
            4 post 2 [50,0]                          = Exists
            4 post 2                                 = ExistsWithDifferentAmount@0
            4 post 2 [51,0]                          = ExistsWithDifferentAmount@0
            4 post 2 [50,1]                          = ExistsWithDifferentAmount@1
            4 post 2 [50]                            = ExistsWithDifferentAmount@1
            4 post 2 [50,0,0]                        = ExistsWithDifferentAmount@2
            4 post 3 [50,0]                          = ExistsWithDifferentRelated
            4 post 2 alice>bob 50                    = ExistsWithDifferentTransferCount
            5 post 2                                 = RelatedAlreadyPosted
            5 void 2                                 = RelatedAlreadyPosted
            6 pending alice>bob 50                   = Created
            7 void 6                                 = Created
            7 void 6                                 = Exists
            7 void 6 [50]                            = ExistsWithDifferentAmount@0
            alice: dr 50+0 cr 100+0
            8 post 6                                 = RelatedAlreadyVoided
            8 void 6                                 = RelatedAlreadyVoided
            9 pending alice>bob 50                   = Created
            10 post 9                                = Created
            10 post 9                                = Exists
            10 post 9 [50]                           = Exists
            alice: dr 100+0 cr 100+0
            """,
        ["what post, void and reverse refer to"] =
            """
            1 posted bank>alice 100            = Created
            2 pending alice>bob 10             = Created
            3 pending alice>bob 10, alice>fee 5 = Created
            9 post 77                          = RelatedNotFound
            9 void 77                          = RelatedNotFound
            9 reverse 77                       = RelatedNotFound
            9 reverse 0                        = RelatedNotFound
            9 post 1                           = RelatedNotPending
            9 void 1                           = RelatedNotPending
            9 reverse 2                        = RelatedNotPosted
            9 post 3 [1]                       = AmountsCountDiffers
            9 post 3 [1,1,1]                   = AmountsCountDiffers
            9 post 3 [0,0]                     = NothingToDo
            9 post 3 [10,6]                    = ExceedsRelatedAmount@1
            9 post 3 [11,6]                    = ExceedsRelatedAmount@0
            4 void 2                           = Created
            9 reverse 4                        = RelatedNotPosted
            """,
        ["reversals never exceed the original"] =
            """
            1 posted bank>alice 100, bank>bob 50    = Created
            2 reverse 1 [30,0]                      = Created
            2 reverse 1 [30,0]                      = Exists
            2 reverse 1 [30,1]                      = ExistsWithDifferentAmount@1
            9 reverse 1 [71,0]                      = ExceedsRelatedAmount@0
            3 reverse 1                             = Created
            3 reverse 1                             = Exists
            alice: dr 100+0 cr 100+0
            bob:   dr 50+0 cr 50+0
            9 reverse 1                             = NothingToDo
            9 reverse 1 [1,0]                       = ExceedsRelatedAmount@0
            9 reverse 3                             = RelatedNotPosted
            4 pending bank>alice 10                 = Created
            5 post 4 [8]                            = Created
            6 reverse 5 [3]                         = Created
            9 reverse 5 [6]                         = ExceedsRelatedAmount@0
            7 reverse 5 [5]                         = Created
            alice: dr 108+0 cr 108+0
            """,
        ["a reversal of money that is spent is refused"] =
            """
            1 posted bank>alice 100     = Created
            2 posted alice>fee 60       = Created
            9 reverse 1                 = ExceedsCredits@0
            3 reverse 1 [40]            = Created
            """,
        ["constraints hold for the transaction as a whole"] =
            """
            9 posted alice>fee 1                         = ExceedsCredits@0
            9 posted fee>safe 1                          = ExceedsDebits@0
            9 pending fee>safe 1                         = ExceedsDebits@0
            9 posted bank>fee 1, alice>fee 1             = ExceedsCredits@1
            1 posted alice>fee 10, bank>alice 10         = Created
            2 posted safe>fee 10                         = Created
            3 posted fee>safe 10                         = Created
            9 posted alice>safe 1                        = ExceedsCredits@0
            9 pending alice>bob 1                        = ExceedsCredits@0
            9 posted bank>safe 1, alice>fee 1            = ExceedsDebits@0
            """,
        ["totals never leave 128 bits"] =
            """
            1 posted bank>fee max                        = Created
            9 posted bank>alice 1                        = OverflowsTotals@0
            9 pending bank>alice 1                       = OverflowsTotals@0
            9 posted alice/EUR>bank/EUR 1, bank>alice 1  = OverflowsTotals@1
            open x C
            open y C
            9 posted x>y max, x>y 1                      = OverflowsTotals@1
            2 pending x>y max-1                          = Created
            9 posted x>y 2                               = OverflowsTotals@0
            3 void 2                                     = Created
            4 posted x>y max-1                           = Created
            5 posted x>y 1                               = Created
            9 reverse 1                                  = OverflowsTotals@0
            """,
        ["linked transactions apply together or not at all"] =
            """
            & 1 posted bank>alice 100    = Created
            & 2 posted alice>bob 30      = Created
            3 pending bob>fee 10         = Created
            & 4 posted bank>alice 5      = LinkedTransactionFailed
            & 5 posted alice>bob 500     = ExceedsCredits@0
            6 posted bank>alice 5        = LinkedTransactionFailed
            & 4 posted bank>alice 5      = LinkedTransactionFailed
            & 7 post 3                   = LinkedTransactionFailed
            & 8 reverse 2 [5]            = LinkedTransactionFailed
            9 void 3                     = RelatedAlreadyPosted
            & 7 void 3                   = Created
            8 reverse 2 [30]             = Created
            & 7 void 3                   = Exists
            10 posted bank>alice 1       = Created
            & 11 posted bank>alice 1     = Created
            11 posted bank>alice 1       = Exists
            alice: dr 30+0 cr 132+0
            bob:   dr 30+0 cr 30+0
            """,
        ["opening an account again must not change it"] =
            """
            open alice C dr<=cr
            open alice C          = AccountDefinitionDiffers
            open alice D dr<=cr   = AccountDefinitionDiffers
            open bob   C dr<=cr
            """,
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_line_answers_as_written(string name) => LedgerTable.Run(Accounts + All[name]);

    [Fact]
    [Fault("L-05")]
    public void A_hold_that_expires_while_its_capture_arrives_has_one_outcome() =>
        LedgerTable.Run(Accounts + PendingTables.Tables["a pending transaction expires by ledger time and what comes later has one outcome"]);

    [Fact]
    [Fault("L-08")]
    public void A_day_in_closed_books_is_refused_or_posted_as_an_adjustment() =>
        LedgerTable.Run(Accounts + TermsTables.Tables["a closed period refuses or adjusts"]);

    [Fact]
    [Fault("L-12")]
    public void A_frozen_or_closed_account_with_money_in_flight_moves_nothing_and_lets_it_go() =>
        LedgerTable.Run(Accounts + PendingTables.Tables["an account that is frozen or closed moves nothing and lets reservations go"]);

    [Fact]
    [Fault("L-09")]
    public void A_posting_that_owes_more_than_is_held_is_refused() =>
        LedgerTable.Run(Accounts + TermsTables.Tables["nobody is owed more than is held for all, unless the house's own covers it"]);

    [Fact]
    public void Every_status_is_reached()
    {
        HashSet<TransactionStatus> reached = [.. All.Values.SelectMany(table => LedgerTable.Run(Accounts + table))];

        // The pipeline's own answer; its tests reach it.
        reached.Add(TransactionStatus.ParticipantConflict);
        Assert.Equal(Enum.GetValues<TransactionStatus>(), reached.Order());
    }
}
