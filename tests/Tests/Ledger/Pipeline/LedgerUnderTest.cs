using System.Collections.Concurrent;
using Florin.Ledger;
using Florin.Tests.Support;

namespace Florin.Tests.Ledger.Pipeline;

/// <summary>The real pipeline on a journal with scripted faults, with two accounts: <see cref="Bank"/> gives, <see cref="Alice"/> may not fall below zero.</summary>
internal sealed class LedgerUnderTest : IAsyncDisposable
{
    public static readonly AccountId Bank = AccountId.Of("bank", Assets.Get("USD"));
    public static readonly AccountId Alice = AccountId.Of("alice", Assets.Get("USD"));

    private static readonly TimeSpan FailedTestPatience = TimeSpan.FromSeconds(10);

    private LedgerUnderTest(MemoryStore store, LedgerOptions options)
    {
        Store = store;
        Journal = new FaultyJournal(new MemoryJournal(store));
        Ledger = LedgerFactory.Create(Journal, Clock, options, Events);
    }

    public MemoryStore Store { get; }

    public FaultyJournal Journal { get; }

    public ManualTimeProvider Clock { get; } = new();

    public EventRecord Events { get; } = new();

    public ILedgerHost Ledger { get; }

    /// <summary>The ids that are durable, in their order.</summary>
    public List<TransactionId> Durable
    {
        get
        {
            lock (Store.Gate)
            {
                return [.. Store.Transfers.Where(row => row.Index == 0).Select(row => row.TransactionId)];
            }
        }
    }

    /// <summary>Not started, so that a script can be written for its start.</summary>
    public static LedgerUnderTest Create(LedgerOptions? options = null, MemoryStore? store = null) => new(store ?? new MemoryStore(), options ?? new LedgerOptions());

    public static async Task<LedgerUnderTest> StartAsync(LedgerOptions? options = null, MemoryStore? store = null)
    {
        LedgerUnderTest made = Create(options, store);
        await made.Ledger.StartAsync(CancellationToken.None);
        await made.SubmitAsync(new Submission
        {
            Accounts = [new(Bank, NormalSide.Debit, AccountFlags.None), new(Alice, NormalSide.Credit, AccountFlags.DebitsMustNotExceedCredits)],
        });
        return made;
    }

    public Task<SubmissionResult> SubmitAsync(Submission submission) => Ledger.SubmitAsync(submission, CancellationToken.None).AsTask();

    public Task<SubmissionResult> SubmitAsync(params Transaction[] transactions) => SubmitAsync(new Submission { Transactions = [.. transactions] });

    /// <summary>Bank gives Alice.</summary>
    public Task<SubmissionResult> DepositAsync(int id, int amount = 10) => SubmitAsync(Deposit(id, amount));

    public static Transaction Deposit(int id, int amount = 10, TransactionKind kind = TransactionKind.Posted) =>
        new() { Id = Id(id), Kind = kind, Transfers = [new Transfer(Bank, Alice, (UInt128)amount, 1)] };

    public static TransactionId Id(int id) => new((UInt128)id);

    public async Task<UInt128> AliceAsync() => (await Ledger.GetBalanceAsync(Alice, CancellationToken.None))!.Value.CreditsPosted;

    /// <summary>Moves the clock until something is done: pauses between attempts then end at once.</summary>
    public async Task AdvanceUntilAsync(Task done)
    {
        while (!done.IsCompleted)
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task stopping = Ledger.DisposeAsync().AsTask();

        // A test that failed may have left a gate closed: then the clock has to move, or the failure would never be told.
        await Task.WhenAny(stopping, Task.Delay(FailedTestPatience, TimeProvider.System));
        await AdvanceUntilAsync(stopping);
    }
}

/// <summary>Keeps what the writer told.</summary>
internal sealed class EventRecord : ILedgerEvents
{
    public ConcurrentQueue<string> Told { get; } = new();

    public ConcurrentQueue<Exception?> Checkpoints { get; } = new();

    public int Count(string what) => Told.Count(told => told == what);

    public void Recovered(long epoch, long sequence, int accounts, TimeSpan took) => Told.Enqueue("recovered");

    public void Committed(long batch, int items, int transfers, TimeSpan took) => Told.Enqueue("committed");

    public void Failed(Exception exception) => Told.Enqueue("failed");

    public void Conflicted(int participants) => Told.Enqueue("conflicted");

    public void Checkpointed(long sequence, int accounts, Exception? failure) => Checkpoints.Enqueue(failure);
}
