using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Ledger.StateMachine;
using Florin.Storage.Ledger;

namespace Florin.Benchmarks;

/// <summary>Where the time of one transfer goes: each stage alone, on one thread, without PostgreSQL.</summary>
internal sealed class StageProfile(Report report)
{
    private const int BatchSize = 8_000;
    private const double NanosecondsPerSecond = 1e9;

    public async Task RunAsync(double wholeRate, int transfers)
    {
        Report.Progress("stages alone");
        await MeasureAsync(BatchSize * 4);
        (double make, double execute, double encode, double answer) = await MeasureAsync(transfers / BatchSize * BatchSize);
        report.Add("whole, one transfer", NanosecondsPerSecond / wholeRate, "ns");
        report.Add("  of it making the command", make, "ns");
        report.Add("  of it state machine", execute, "ns");
        report.Add("  of it encoding and hashing", encode, "ns");
        report.Add("  of it queue, tasks and answers", answer, "ns");
    }

    private static async Task<(double Make, double Execute, double Encode, double Answer)> MeasureAsync(int transfers)
    {
        (TimeSpan make, TimeSpan execute, TimeSpan encode) = (default, default, default);
        LedgerStateMachine machine = new(new LedgerState());
        BatchEncoder encoder = new();
        Workload workload = new(Skew.Uniform, 7);
        byte[] hash = new byte[BatchHash.Length];
        JournalBatch opening = Batch(0);
        foreach (Submission submission in Workload.Openings)
        {
            machine.Execute(submission, opening);
        }

        for (int number = 1; number <= transfers / BatchSize; number++)
        {
            long started = TimeProvider.System.GetTimestamp();
            Transaction[] transactions = [.. Enumerable.Range(0, BatchSize).Select(_ => workload.Next())];
            make += TimeProvider.System.GetElapsedTime(started);

            started = TimeProvider.System.GetTimestamp();
            JournalBatch batch = Batch(number);
            foreach (Transaction transaction in transactions)
            {
                machine.ExecuteAlone(transaction, batch);
            }

            machine.State.Trim(new LedgerOptions().RecordsMax, machine.State.Sequence);
            execute += TimeProvider.System.GetElapsedTime(started);

            started = TimeProvider.System.GetTimestamp();
            encoder.Encode(batch);
            hash = encoder.Hash(batch, 1, hash);
            encode += TimeProvider.System.GetElapsedTime(started);
        }

        return (Each(make, transfers), Each(execute, transfers), Each(encode, transfers), Each(await AnswersAsync(transfers), transfers));
    }

    // Reads of nothing go through the same queue and answers as submissions, and write nothing.
    private static async Task<TimeSpan> AnswersAsync(int items)
    {
        await using ILedgerHost ledger = LedgerFactory.Create(new EmptyJournal(), TimeProvider.System, new LedgerOptions(), new MuteEvents());
        await ledger.StartAsync(CancellationToken.None);
        AccountId nobody = AccountId.Of("nobody", Assets.Get("USD"));
        Task<AccountBalance?>[] answers = new Task<AccountBalance?>[BatchSize];
        long started = TimeProvider.System.GetTimestamp();
        for (int done = 0; done < items; done += BatchSize)
        {
            for (int index = 0; index < answers.Length; index++)
            {
                answers[index] = ledger.GetBalanceAsync(nobody, CancellationToken.None).AsTask();
            }

            await Task.WhenAll(answers);
        }

        return TimeProvider.System.GetElapsedTime(started);
    }

    private static double Each(TimeSpan all, int count) => all.TotalNanoseconds / count;

    private static JournalBatch Batch(int number) => new() { Number = number, Timestamp = DateTimeOffset.UnixEpoch.AddSeconds(number) };

    /// <summary>Holds nothing and is asked for nothing: reads alone never come to the journal.</summary>
    private sealed class EmptyJournal : ILedgerJournal
    {
        public ValueTask<JournalHead> AcquireAsync(CancellationToken cancellationToken) => ValueTask.FromResult(new JournalHead(1, 0, 0, DateTimeOffset.UnixEpoch));

        public ValueTask RecoverAsync(IRecoverySink sink, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask AppendAsync(JournalBatch batch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<IReadOnlyList<StoredTransaction>> ReadAsync(IReadOnlyCollection<TransactionPosition> positions, CancellationToken cancellationToken) =>
            ValueTask.FromResult<IReadOnlyList<StoredTransaction>>([]);

        public ValueTask WriteCheckpointAsync(JournalCheckpoint checkpoint, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }

    private sealed class MuteEvents : ILedgerEvents
    {
        public void Recovered(long epoch, long sequence, int accounts, TimeSpan took)
        {
            // Nothing is measured by it.
        }

        public void Committed(long batch, int items, int transfers, TimeSpan took)
        {
            // Nothing is measured by it.
        }

        public void Failed(Exception exception) => throw new InvalidOperationException("An empty journal cannot fail.", exception);

        public void Conflicted(int participants)
        {
            // There are none.
        }

        public void Checkpointed(long sequence, int accounts, Exception? failure)
        {
            // Nothing is measured by it.
        }
    }
}
