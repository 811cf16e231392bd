using Florin.Flows;
using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Simulator.Flows;
using Florin.Simulator.Judgement;
using Florin.Simulator.Scheduling;
using Florin.Simulator.Store;

namespace Florin.Simulator.Processes;

/// <summary>A server: the shipped ledger on a journal of its own, with a scheduler and a clock of its own. Killed or paused at any step.</summary>
internal sealed class SimulatedProcess : ILedgerEvents
{
    private readonly Trace _trace;
    private readonly Judge _judge;

    private readonly IFlowEngine? _flows;

    /// <param name="name">In the trace.</param>
    /// <param name="time">Its clock and scheduler.</param>
    /// <param name="journal">Its own.</param>
    /// <param name="options">Of its ledger.</param>
    /// <param name="flows"><see langword="null"/> in a simulation of the ledger alone.</param>
    /// <param name="leads">Whether nobody has taken the journal since it did.</param>
    /// <param name="judge">Hears what it answers.</param>
    /// <param name="trace">Of the simulation.</param>
    public SimulatedProcess(
        string name, SimulatedTime time, SimulatedJournal journal, LedgerOptions options, FlowSide? flows, Func<bool> leads, Judge judge, Trace trace)
    {
        (Name, Time, Journal, _judge, _trace) = (name, time, journal, judge, trace);
        Ledger = LedgerFactory.Create(journal, time, options, this);
        _flows = flows?.CreateEngine(name, Ledger, leads, time);
    }

    public string Name { get; }

    public SimulatedTime Time { get; }

    public SimulatedJournal Journal { get; }

    public ILedgerHost Ledger { get; }

    public ProcessScheduler Scheduler => Time.Scheduler;

    /// <summary>Takes requests: started, and not known to have ended.</summary>
    public bool Serves { get; private set; }

    /// <summary>Its ledger was started; before, a host does not stop it.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Was asked to stop.</summary>
    public bool IsStopping { get; private set; }

    /// <summary>Its writer has ended: the host exits.</summary>
    public bool HasEnded { get; private set; }

    public bool IsDead { get; private set; }

    /// <summary>Until when it is suspended: nothing of it runs, and it does not know.</summary>
    public TimeSpan PausedUntil { get; set; }

    public bool MayRun(TimeSpan now) => !IsDead && PausedUntil <= now;

    public void Start() => Run(LiveAsync);

    public void Stop()
    {
        IsStopping = true;
        Serves = false;
        Run(async () => await Ledger.DisposeAsync());
    }

    public void Kill()
    {
        IsDead = true;
        Serves = false;
        Scheduler.Kill();
    }

    /// <summary>Sends a request, and tells the judge what came back.</summary>
    public void Send(Attempt attempt) => Run(async () =>
    {
        try
        {
            _judge.MayBeDecidedAt(attempt, Time.GetUtcNow());
            if (attempt.IsBulk)
            {
                IReadOnlyList<TransactionResult> results = await Ledger.SubmitManyAsync(attempt.Submission.Transactions, CancellationToken.None);
                _judge.MayBeDecidedAt(attempt, Time.GetUtcNow());
                _judge.Answered(attempt, results);
                return;
            }

            SubmissionResult result = await Ledger.SubmitAsync(attempt.Submission, CancellationToken.None);
            _judge.MayBeDecidedAt(attempt, Time.GetUtcNow());
            _judge.Answered(attempt, result);
        }
        catch (LedgerUnavailableException)
        {
            _judge.Unanswered(attempt);
        }
    });

    public void Send(BalanceRead read) => Run(async () =>
    {
        try
        {
            if (read.Account is { } account)
            {
                _judge.Answered(read, await Ledger.GetBalanceAsync(account, CancellationToken.None) is { } balance ? [balance] : []);
            }
            else
            {
                _judge.Answered(read, await Ledger.GetBalancesAsync("", CancellationToken.None));
            }
        }
        catch (LedgerUnavailableException)
        {
            read.IsDone = true;
        }
    });

    public void Send(FlowQuestion question, FlowJudge judge) => Run(async () =>
    {
        try
        {
            judge.Answered(question, await _flows!.StartAsync(question.Start, TimeSpan.Zero, CancellationToken.None));
        }
        catch (Exception failure) when (failure is LedgerUnavailableException or IOException)
        {
            _trace.Note($"#{question.Number} unknown: {failure.Message}");
            question.IsDone = true;
        }
    });

    /// <summary>An event of the provider for a flow.</summary>
    public void Deliver(FlowId flow, string eventId, Action delivered) => Run(async () =>
    {
        try
        {
            await _flows!.SignalAsync(flow, "provider", eventId, "decided", "{}", CancellationToken.None);
            delivered();
        }
        catch (IOException failure)
        {
            _trace.Note($"{eventId} not delivered: {failure.Message}");
        }
    });

    public void AskHash(Action<byte[]> answer) => Run(async () => answer(await Ledger.GetStateHashAsync(CancellationToken.None)));

    public void Recovered(long epoch, long sequence, int accounts, TimeSpan took) => _trace.Note($"  {Name}: recovered, epoch {epoch}, sequence {sequence}, {accounts} accounts");

    public void Committed(long batch, int items, int transfers, TimeSpan took) => _trace.Note($"  {Name}: committed {batch}, {items} items, {transfers} transfers");

    public void Failed(Exception exception) => _trace.Note($"  {Name}: failed: {exception.Message}");

    public void Conflicted(int participants) => _trace.Note($"  {Name}: {participants} conflict");

    public void Checkpointed(long sequence, int accounts, Exception? failure) =>
        _trace.Note($"  {Name}: checkpoint {sequence} of {accounts}: {failure?.Message ?? "stored"}");

    // What nobody expects is a finding too, in the ledger or in the simulator itself.
    private void Run(Func<Task> work) => Scheduler.Start(work).ContinueWith(
        done => _judge.Fail($"{Name}: {done.Exception!.InnerException}"), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, Scheduler);

    private async Task DeclareAsync(IFlowEngine flows)
    {
        while (true)
        {
            try
            {
                await flows.DeclareAsync(CancellationToken.None);
                return;
            }
            catch (IOException failure)
            {
                _trace.Note($"  {Name}: {failure.Message}");
            }
        }
    }

    private async Task LiveAsync()
    {
        HasBegun = true;
        await Ledger.StartAsync(CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (!Ledger.Completion.IsCompleted && _flows is not null)
        {
            await DeclareAsync(_flows);
            Run(() => _flows.RunAsync(CancellationToken.None));
        }

        if (!Ledger.Completion.IsCompleted && !IsStopping)
        {
            _trace.Note($"{Name}: serves");
            Serves = true;
        }

        await Ledger.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        (Serves, HasEnded) = (false, true);
        Exception? cause = Ledger.Completion.Exception?.InnerException;
        _trace.Note($"{Name}: ended: {cause?.Message ?? (Ledger.Completion.IsCanceled ? "gave up" : "stopped")}");
        if (cause is not (null or JournalFencedException))
        {
            _judge.Fail($"{Name}: the writer ended by {cause}");
        }
    }
}
