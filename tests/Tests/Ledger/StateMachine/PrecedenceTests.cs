using System.Collections.Immutable;
using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Ledger.StateMachine;
using Xunit;

namespace Florin.Tests.Ledger.StateMachine;

/// <summary>Two things wrong at once: the lower number is the answer.</summary>
public sealed class PrecedenceTests
{
    private static readonly TransactionId Posted = new(1);
    private static readonly TransactionId Pending = new(2);
    private static readonly TransactionId Ended = new(3);
    private static readonly TransactionId Unknown = new(99);
    private static readonly string TooLong = new('x', 9_000);
    private static readonly AccountId Bank = AccountId.Of("bank", Assets.Get("USD"));
    private static readonly AccountId Alice = AccountId.Of("alice", Assets.Get("USD"));
    private static readonly AccountId Safe = AccountId.Of("safe", Assets.Get("USD"));
    private static readonly AccountId Full = AccountId.Of("full", Assets.Get("USD"));
    private static readonly AccountId Nobody = AccountId.Of("nobody", Assets.Get("USD"));
    private static readonly AccountId Euro = AccountId.Of("bank", Assets.Get("EUR"));

    /// <summary>A change that makes a good command wrong in one way. Two that touch the same field cannot stand together.</summary>
    private sealed record Flaw(TransactionStatus Status, string Field, Func<Transaction, Transaction> Change);

    private static Flaw[] AnyKind { get; } =
    [
        new(TransactionStatus.IdMustNotBeZero, "id", t => t with { Id = default }),
        new(TransactionStatus.IdMustNotBeMax, "id", t => t with { Id = new(UInt128.MaxValue) }),
        new(TransactionStatus.ReferenceTooLong, "reference", t => t with { Reference = TooLong }),
        new(TransactionStatus.ReferenceMalformed, "reference", t => t with { Reference = "\0" }),
        new(TransactionStatus.MetadataTooLong, "metadata", t => t with { Metadata = TooLong }),
        new(TransactionStatus.MetadataMalformed, "metadata", t => t with { Metadata = "\ud800" }),
    ];

    private static Flaw[] OfTransfers { get; } =
    [
        .. AnyKind,
        new(TransactionStatus.KindUnknown, "kind", t => t with { Kind = (TransactionKind)77 }),
        new(TransactionStatus.RelatedMustBeAbsent, "related", t => t with { Related = Posted }),
        new(TransactionStatus.AmountsMustBeAbsent, "amounts", t => t with { Amounts = [1] }),
        new(TransactionStatus.TooManyTransfers, "count", t => t with { Transfers = [.. Enumerable.Repeat(t.Transfers[0], 65)] }),
        new(TransactionStatus.AmountMustNotBeZero, "amount", t => Each(t, transfer => transfer with { Amount = 0 })),
        new(TransactionStatus.CodeMustBePositive, "code", t => Each(t, transfer => transfer with { Code = 0 })),
        new(TransactionStatus.AccountsMustBeDifferent, "debit credit", t => Each(t, transfer => transfer with { Credit = Nobody, Debit = Nobody })),
        new(TransactionStatus.AssetsMustBeSame, "debit", t => Each(t, transfer => transfer with { Debit = Euro })),
        new(TransactionStatus.DebitAccountNotFound, "debit", t => Each(t, transfer => transfer with { Debit = Nobody })),
        new(TransactionStatus.CreditAccountNotFound, "credit", t => Each(t, transfer => transfer with { Credit = new(AccountAddress.Parse("none"), Bank.Asset) })),
        new(TransactionStatus.OverflowsTotals, "amount", t => Each(t, transfer => transfer with { Amount = UInt128.MaxValue })),
        new(TransactionStatus.ExceedsCredits, "debit", t => Each(t, transfer => transfer with { Debit = Alice })),
        new(TransactionStatus.ExceedsDebits, "credit", t => Each(t, transfer => transfer with { Credit = Safe })),
    ];

    private static Flaw[] OfRelated { get; } =
    [
        .. AnyKind,
        new(TransactionStatus.KindUnknown, "kind", t => t with { Kind = (TransactionKind)77 }),
        new(TransactionStatus.RelatedMustBePresent, "related", t => t with { Related = null }),
        new(TransactionStatus.TransfersMustBeAbsent, "transfers", t => t with { Transfers = [new Transfer(Bank, Alice, 1, 1)] }),
        new(TransactionStatus.RelatedNotFound, "related", t => t with { Related = Unknown }),
        new(TransactionStatus.RelatedNotPending, "related", t => t with { Related = Posted }),
        new(TransactionStatus.RelatedAlreadyVoided, "related", t => t with { Related = Ended }),
        new(TransactionStatus.AmountsCountDiffers, "amounts", t => t with { Amounts = [1, 1, 1] }),
        new(TransactionStatus.NothingToDo, "amounts", t => t with { Amounts = [0] }),
        new(TransactionStatus.ExceedsRelatedAmount, "amounts", t => t with { Amounts = [6] }),
    ];

    private static Flaw[] OfRepeats { get; } =
    [
        new(TransactionStatus.ExistsWithDifferentKind, "kind", t => t with { Kind = TransactionKind.Pending }),
        new(TransactionStatus.ExistsWithDifferentRelated, "related", t => t with { Related = Pending }),
        new(TransactionStatus.ExistsWithDifferentTransferCount, "count", t => t with { Transfers = [.. t.Transfers, .. t.Transfers] }),
        new(TransactionStatus.ExistsWithDifferentDebitAccount, "debit", t => Each(t, transfer => transfer with { Debit = Nobody })),
        new(TransactionStatus.ExistsWithDifferentCreditAccount, "credit", t => Each(t, transfer => transfer with { Credit = Nobody })),
        new(TransactionStatus.ExistsWithDifferentAmount, "amount", t => Each(t, transfer => transfer with { Amount = 77 })),
        new(TransactionStatus.ExistsWithDifferentCode, "code", t => Each(t, transfer => transfer with { Code = 77 })),
        new(TransactionStatus.ExistsWithDifferentEffectiveDate, "date", t => t with { EffectiveDate = new DateOnly(2020, 1, 1) }),
        new(TransactionStatus.ExistsWithDifferentReference, "reference", t => t with { Reference = "other" }),
        new(TransactionStatus.ExistsWithDifferentMetadata, "metadata", t => t with { Metadata = "other" }),
    ];

    public static TheoryData<TransactionStatus, TransactionStatus> PairsOfTransfers => Pairs(OfTransfers);

    public static TheoryData<TransactionStatus, TransactionStatus> PairsOfRelated => Pairs(OfRelated);

    public static TheoryData<TransactionStatus, TransactionStatus> PairsOfRepeats => Pairs(OfRepeats);

    [Theory]
    [MemberData(nameof(PairsOfTransfers))]
    public void The_lower_of_two_flaws_of_new_transfers_is_the_answer(TransactionStatus lower, TransactionStatus higher) =>
        Check(OfTransfers, lower, higher, new Transaction { Id = new(50), Kind = TransactionKind.Posted, Transfers = [new Transfer(Full, Bank, 5, 1)] });

    [Theory]
    [MemberData(nameof(PairsOfRelated))]
    public void The_lower_of_two_flaws_of_a_post_is_the_answer(TransactionStatus lower, TransactionStatus higher) =>
        Check(OfRelated, lower, higher, new Transaction { Id = new(50), Kind = TransactionKind.Post, Related = Pending, Amounts = [5] });

    [Theory]
    [MemberData(nameof(PairsOfRepeats))]
    public void The_lower_of_two_differences_of_a_repeat_is_the_answer(TransactionStatus lower, TransactionStatus higher) =>
        Check(OfRepeats, lower, higher, new Transaction { Id = Posted, Kind = TransactionKind.Posted, Transfers = [new Transfer(Full, Bank, 5, 1)] });

    private static TheoryData<TransactionStatus, TransactionStatus> Pairs(Flaw[] flaws)
    {
        TheoryData<TransactionStatus, TransactionStatus> pairs = [];
        foreach (Flaw lower in flaws)
        {
            foreach (Flaw higher in flaws.Where(flaw => flaw.Status > lower.Status && !Overlaps(flaw.Field, lower.Field)))
            {
                pairs.Add(lower.Status, higher.Status);
            }
        }

        return pairs;
    }

    private static bool Overlaps(string left, string right) => left.Split(' ').Intersect(right.Split(' ')).Any();

    private static void Check(Flaw[] flaws, TransactionStatus lower, TransactionStatus higher, Transaction good)
    {
        Flaw first = flaws.Single(flaw => flaw.Status == lower);
        Flaw second = flaws.Single(flaw => flaw.Status == higher);

        // Each flaw alone gives its own answer, or the pair would prove nothing.
        Assert.Equal(lower, Answer(first.Change(good)));
        Assert.Equal(higher, Answer(second.Change(good)));
        Assert.Equal(lower, Answer(first.Change(second.Change(good))));
        Assert.Equal(lower, Answer(second.Change(first.Change(good))));
    }

    private static TransactionStatus Answer(Transaction transaction)
    {
        LedgerStateMachine machine = new(new LedgerState());
        JournalBatch batch = new() { Number = 1, Timestamp = DateTimeOffset.UnixEpoch };
        SubmissionResult ready = machine.Execute(
            new Submission
            {
                Accounts =
                [
                    new(Bank, NormalSide.Debit, AccountFlags.None),
                    new(Alice, NormalSide.Credit, AccountFlags.DebitsMustNotExceedCredits),
                    new(Safe, NormalSide.Debit, AccountFlags.CreditsMustNotExceedDebits),
                    new(Full, NormalSide.Credit, AccountFlags.None),
                    new(Euro, NormalSide.Debit, AccountFlags.None),
                ],
                Transactions =
                [
                    new() { Id = Posted, Kind = TransactionKind.Posted, Transfers = [new Transfer(Full, Bank, 5, 1)] },
                    new() { Id = Pending, Kind = TransactionKind.Pending, Transfers = [new Transfer(Full, Bank, 5, 1)] },
                    new() { Id = Ended, Kind = TransactionKind.Pending, Transfers = [new Transfer(Full, Bank, 5, 1)] },
                    new() { Id = new(4), Kind = TransactionKind.Void, Related = Ended },
                ],
            },
            batch);
        Assert.Equal(TransactionStatus.Created, ready.Status);
        return machine.Execute(new Submission { Transactions = [transaction] }, batch).Status;
    }

    private static Transaction Each(Transaction transaction, Func<Transfer, Transfer> change) =>
        transaction with { Transfers = [.. transaction.Transfers.Select(change)] };
}
