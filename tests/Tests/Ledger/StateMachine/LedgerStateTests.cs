using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Ledger.StateMachine;
using Xunit;

namespace Florin.Tests.Ledger.StateMachine;

public sealed class LedgerStateTests
{
    private static readonly Asset Usd = Assets.Get("USD");
    private static readonly AccountId Bank = AccountId.Of("bank", Usd);
    private static readonly AccountId Alice = AccountId.Of("alice", Usd);

    /// <summary>More than the smallest ring of the newest transfers holds.</summary>
    private const int Many = 5_000;

    private readonly LedgerState _state = new(new LedgerOptions { RecordsMax = 1 });
    private readonly LedgerStateMachine _machine;
    private readonly JournalBatch _batch = new() { Number = 1, Timestamp = DateTimeOffset.UnixEpoch };

    public LedgerStateTests()
    {
        _machine = new LedgerStateMachine(_state);
        _machine.Execute(
            new Submission
            {
                Accounts = [new(Bank, NormalSide.Debit, AccountFlags.None), new(Alice, NormalSide.Credit, AccountFlags.DebitsMustNotExceedCredits)],
            },
            _batch);
    }

    [Fact]
    public void Trim_keeps_a_transaction_that_an_uncommitted_one_changed()
    {
        Run(Posted(1, 10), Pending(2, 10));
        long committed = _state.Sequence;
        Run(new Transaction { Id = new(3), Kind = TransactionKind.Reverse, Related = new(1), Amounts = [4] });
        Run(new Transaction { Id = new(4), Kind = TransactionKind.Void, Related = new(2) });

        PushOut();

        // The journal does not know the reversal and the void yet: what it would tell of 1 and 2 is out of date.
        _state.Trim(0, committed);
        Assert.NotNull(_state.Find(new(1)));
        Assert.NotNull(_state.Find(new(2)));

        _state.Trim(0, _state.Sequence);
        Assert.Equal(0, _state.RecordCount);
    }

    [Fact]
    public void Refused_submissions_leave_nothing_that_trimming_has_to_pass()
    {
        Submission refused = new() { Transactions = [Posted(1, 10), new Transaction { Id = new(2), Kind = TransactionKind.Void }] };
        for (int count = 0; count < 40_000; count++)
        {
            Assert.Equal(TransactionStatus.RelatedMustBePresent, _machine.Execute(refused, _batch).Status);
        }

        Run(Posted(3, 1), Posted(4, 1));
        Assert.Equal(0, _state.RecordCount);
        Assert.NotNull(_state.Find(new(4)));
        Assert.Null(_state.Find(new(1)));
    }

    [Fact]
    public void Trim_never_forgets_an_open_pending_transaction()
    {
        Run(Pending(1, 10), Posted(2, 1), Posted(3, 1));
        PushOut();
        _state.Trim(0, _state.Sequence);
        Assert.NotNull(_state.Find(new(1)));
        Assert.Equal(1, _state.RecordCount);
        HashSet<TransactionPosition>? positions = null;
        _state.AddUnloaded(new(1), ref positions);
        _state.AddUnloaded(new(2), ref positions);
        Assert.Equal([new TransactionPosition(new(2), 2)], positions!);
    }

    [Fact]
    public void One_asset_code_has_one_scale_in_the_whole_ledger()
    {
        Submission other = new()
        {
            Accounts = [new(AccountId.Of("other", new Asset("USD", 3)), NormalSide.Debit, AccountFlags.None)],
        };
        Assert.Equal(TransactionStatus.AccountDefinitionDiffers, _machine.Execute(other, _batch).Status);
        Assert.Equal(2, _batch.Accounts.Count);
    }

    [Fact]
    public void A_differing_definition_answers_for_each_transaction()
    {
        SubmissionResult result = _machine.Execute(
            new Submission
            {
                Accounts = [new(Alice, NormalSide.Debit, AccountFlags.None)],
                Transactions = [Posted(1, 1), Posted(2, 1)],
            },
            _batch);
        Assert.Equal(TransactionStatus.AccountDefinitionDiffers, result.Status);
        Assert.Equal(
            [TransactionStatus.AccountDefinitionDiffers, TransactionStatus.AccountDefinitionDiffers],
            result.Transactions.Select(transaction => transaction.Status));
        Assert.Empty(_batch.Transfers);
    }

    private void Run(params Transaction[] transactions) =>
        Assert.Equal(TransactionStatus.Created, _machine.Execute(new Submission { Transactions = [.. transactions] }, _batch).Status);

    private void PushOut()
    {
        for (int id = 1_000_000; id < 1_000_000 + Many; id++)
        {
            Run(Posted(id, 1));
        }
    }

    private static Transaction Posted(int id, int amount) => Move(id, TransactionKind.Posted, amount);

    private static Transaction Pending(int id, int amount) => Move(id, TransactionKind.Pending, amount);

    private static Transaction Move(int id, TransactionKind kind, int amount) =>
        new() { Id = new((UInt128)id), Kind = kind, Transfers = [new Transfer(Bank, Alice, (UInt128)amount, 1)] };
}
