using System.Collections.Immutable;
using System.Numerics;
using Florin.Ledger;
using Florin.Simulator.Model;
using Florin.Simulator.Scheduling;
using Florin.Simulator.Store;

namespace Florin.Simulator.Judgement;

/// <summary>Hears every question, every answer and every durable batch in the order in which they happen, and says what is wrong.</summary>
/// <remarks>
/// An answer is true when the model gives it at one of the states that the asked process may have been in between question and answer: not older than
/// what was durable when it was asked, not newer than what is durable now. A process that was overtaken without knowing shows balances as they were then,
/// and its refusals are not judged, until it tries to write and is told; but what it says to be applied is.
/// </remarks>
internal sealed class Judge(Verdict verdict, Trace trace) : IStoreWitness
{
    private readonly Bookkeeper _books = new(verdict);
    private readonly Dictionary<string, Stand> _stands = [];
    private readonly Dictionary<string, DateTimeOffset> _latestClocks = [];
    private int _questions;

    public Bookkeeper Books => _books;

    /// <summary>By status, how often it was answered.</summary>
    public SortedDictionary<TransactionStatus, int> Answers { get; } = [];

    /// <summary>Numbers what is asked, by whomever.</summary>
    public int NextQuestion() => ++_questions;

    public void Fail(string what) => verdict.Fail(what);

    /// <summary>The process has taken the journal: it knows what is durable now.</summary>
    public void Acquired(string process) => _stands[process] = new Stand();

    /// <summary>Another has written since it took the journal.</summary>
    public bool IsOvertaken(string process) => _stands.TryGetValue(process, out Stand? stand) && stand.OvertakenAt is not null;

    public void Durable(StoredBatch batch)
    {
        foreach ((string process, Stand stand) in _stands)
        {
            if (process != batch.Writer && stand.OvertakenAt is null)
            {
                stand.OvertakenAt = (_books.Sequence, _books.Accounts.Count, _books.Model.Standings.Count);
            }
        }

        _books.Write(batch);
    }

    public void Conflicted(IReadOnlyList<ICommitParticipant> participants)
    {
        foreach (Attempt attempt in participants.SelectMany(_books.AskedWith))
        {
            attempt.SawConflict = true;
        }
    }

    public void Asked(Attempt attempt)
    {
        _books.Ask(attempt);
        Bookkeeper.Foresee(_books.Model, attempt, _books.EarliestTime);
        MayBeDecidedAt(attempt, _latestClocks.GetValueOrDefault(attempt.Process));
    }

    /// <summary>The clock of a process is about to be set. What it has under way may have been decided at the time of before.</summary>
    public void ClockIsSet(string process, DateTimeOffset before)
    {
        _latestClocks[process] = before > _latestClocks.GetValueOrDefault(process) ? before : _latestClocks[process];
        foreach (Attempt attempt in _books.OpenAt(process))
        {
            MayBeDecidedAt(attempt, before);
        }
    }

    public BalanceRead AskBalance(int number, string process, AccountId? account) => _stands[process].OvertakenAt is { } overtaken
        ? new BalanceRead(number, process, account, overtaken.Sequence, overtaken.Accounts, overtaken.Standings)
        : new BalanceRead(number, process, account, _books.Sequence, _books.Accounts.Count, _books.Model.Standings.Count);

    public void Unanswered(Attempt attempt)
    {
        trace.Note($"#{attempt.Number} unknown");
        attempt.IsDone = true;
        _books.Done(attempt);
    }

    public void Killed(string process)
    {
        foreach (Attempt attempt in _books.TakeOpen(process))
        {
            attempt.IsDone = true;
        }
    }

    /// <summary>A batch in which everything was refused leaves no trace of its time: by the server's clock it lies between question and answer.</summary>
    public void MayBeDecidedAt(Attempt attempt, DateTimeOffset now)
    {
        if (now > _books.EarliestTime)
        {
            Bookkeeper.Foresee(_books.Model, attempt, new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero));
        }
    }

    public void Answered(Attempt attempt, SubmissionResult result)
    {
        string told = Describe(result);
        trace.Note($"#{attempt.Number} answered {told}");
        (attempt.IsDone, attempt.Result) = (true, result);
        _books.Done(attempt);
        foreach (TransactionStatus status in attempt.IsBulk ? result.Transactions.Select(one => one.Status) : [result.Status])
        {
            Answers[status] = Answers.GetValueOrDefault(status) + 1;
        }

        string name = $"#{attempt.Number} at {attempt.Process} was answered {told}";
        if (result.Status == TransactionStatus.ParticipantConflict)
        {
            verdict.Require(attempt.SawConflict, $"{name}, but its participant met no conflict");
            CheckOthers(name, attempt, claimed: []);
            return;
        }

        List<Prediction> answers = [.. result.Transactions.Select(answer => new Prediction(answer.Status, answer.TransferIndex, answer.Sequence))];
        bool mayRefuse = (attempt.IsBulk ? result.Status != TransactionStatus.Created : !result.IsApplied) && IsOvertaken(attempt.Process);
        if (!mayRefuse && !attempt.Foreseen.Exists(foreseen => foreseen.Status == result.Status && foreseen.Transactions.SequenceEqual(answers)))
        {
            string foreseen = string.Join(" or ", attempt.Foreseen.Select(one => $"{one.Status} [{string.Join("; ", one.Transactions)}]"));
            verdict.Fail($"{name}; the model says {foreseen}");
            return;
        }

        CheckTimes(name, result.Transactions);
        CheckCreations(name, attempt, result);
        if (result.Status != TransactionStatus.DeadlinePassed)
        {
            CheckAccounts(name, attempt.Submission);
        }
    }

    /// <summary>A bulk has a result for each transaction.</summary>
    public void Answered(Attempt attempt, IReadOnlyList<TransactionResult> results) =>
        Answered(attempt, new SubmissionResult(NaiveLedger.StatusOfEach([.. results.Select(result => result.Status)]), [.. results]));

    public void Answered(BalanceRead read, ImmutableArray<AccountBalance> balances)
    {
        read.IsDone = true;
        trace.Note($"#{read.Number} read {balances.Length} balances at sequence {(balances.IsEmpty ? "-" : balances[0].Sequence)}");
        string name = $"#{read.Number}, a read of {read.Account?.ToString() ?? "all accounts"} at {read.Process}";
        foreach (AccountBalance balance in balances)
        {
            long sequence = (long)balance.Sequence;
            string account = balance.Id.ToString();
            verdict.Require(sequence >= read.FromSequence, $"{name} shows sequence {sequence}, but {read.FromSequence} was durable when it was asked");
            verdict.Require(sequence <= _books.Sequence, $"{name} shows sequence {sequence}, but only {_books.Sequence} is durable");
            verdict.Require(_books.IsBoundary(sequence), $"{name} shows sequence {sequence}, which is in the middle of a submission");
            verdict.Require(balance.Sequence == balances[0].Sequence, $"{name} shows two sequences");
            verdict.Require(_books.Model.IsOpen(account), $"{name} shows the account {account}, which is not durable");
            BigInteger[] totals = [balance.DebitsPending, balance.DebitsPosted, balance.CreditsPending, balance.CreditsPosted];
            BigInteger[] expected = _books.TotalsAt(account, sequence);
            verdict.Require(StandsAsIn(read, balance), $"{name}: {account} is {balance.Standing}, which it was at no time since it was asked");
            verdict.Require(totals.SequenceEqual(expected), $"{name}: {account} has [{string.Join(", ", totals)}], the model has [{string.Join(", ", expected)}]");
        }

        HashSet<string> shown = [.. balances.Select(balance => balance.Id.ToString())];
        string? missing = _books.Accounts.Take(read.FromAccounts).FirstOrDefault(account =>
            (read.Account is null || read.Account.Value.ToString() == account) && !shown.Contains(account));
        verdict.Require(missing is null, $"{name} does not show {missing}, which was durable when it was asked");
        verdict.Require(shown.Count == balances.Length, $"{name} shows an account twice");
    }

    private bool StandsAsIn(BalanceRead read, AccountBalance balance)
    {
        string account = balance.Id.ToString();
        int last = -1;
        for (int index = 0; index < read.FromStandings; index++)
        {
            last = _books.Model.Standings[index].Account == account ? index : last;
        }

        AccountStanding before = last < 0 ? AccountStanding.Open : _books.Model.Standings[last].Standing;
        return balance.Standing == before
            || _books.Model.Standings.Skip(read.FromStandings).Any(change => change.Account == account && change.Standing == balance.Standing);
    }

    private void CheckTimes(string name, ImmutableArray<TransactionResult> answers)
    {
        foreach (TransactionResult answer in answers)
        {
            DateTimeOffset? time = answer.Sequence == 0 ? default(DateTimeOffset) : _books.TimeOf((long)answer.Sequence);
            verdict.Require(time is not null, $"{name}, but sequence {answer.Sequence} is not durable");
            verdict.Require(time == answer.Timestamp, $"{name} with time {answer.Timestamp:O}, the journal has {time:O}");
            int rows = answer.Sequence == 0 ? 0 : _books.RowAt((long)answer.Sequence)?.Count ?? 0;
            IEnumerable<TransferOutcome> outcomes = Enumerable.Range(0, rows).Select(index => _books.RowAt((long)answer.Sequence + index)!.Value)
                .Select(row => new TransferOutcome(row.Amount, row.DebitAfter, row.CreditAfter));
            verdict.Require(answer.Transfers.SequenceEqual(outcomes), $"{name} with other balances than the journal has at sequence {answer.Sequence}");
        }
    }

    /// <summary>What it says to have created it has created, and nobody else says so; what it does not say to have created it has not.</summary>
    private void CheckCreations(string name, Attempt attempt, SubmissionResult result)
    {
        List<Creation> claimed = [];
        if (result.Status == TransactionStatus.Created && attempt.Submission.Transactions.IsEmpty && attempt.Participant is not null)
        {
            Claim(name, attempt, attempt.Creations.Find(creation => creation.Sequence == 0 && creation.ClaimedBy is null), claimed);
        }

        foreach (TransactionResult answer in result.Transactions.Where(answer => answer.Status == TransactionStatus.Created))
        {
            Claim(name, attempt, _books.CreationAt((long)answer.Sequence), claimed);
        }

        CheckOthers(name, attempt, claimed);
    }

    private void Claim(string name, Attempt attempt, Creation? creation, List<Creation> claimed)
    {
        if (verdict.Require(creation is not null && creation.By.Contains(attempt), $"{name}, but the journal does not hold it from this attempt"))
        {
            verdict.Require(creation!.ClaimedBy is null, $"{name}, but #{creation.ClaimedBy?.Number} was told the same");
            creation.ClaimedBy = attempt;
            claimed.Add(creation);
        }
    }

    private void CheckOthers(string name, Attempt attempt, List<Creation> claimed)
    {
        foreach (Creation other in attempt.Creations.Except(claimed))
        {
            other.By.Remove(attempt);
            verdict.Require(
                other.By.Count > 0 || other.ClaimedBy is not null, $"{name}, but it was this attempt that the journal holds at sequence {other.Sequence}");
        }
    }

    private void CheckAccounts(string name, Submission submission)
    {
        foreach (AccountDefinition definition in submission.Accounts.TakeWhile(_books.Model.MayOpen))
        {
            verdict.Require(_books.Model.IsOpen(definition.Id.ToString()), $"{name}, but its account {definition.Id} is not durable");
        }
    }

    private static string Describe(SubmissionResult result) =>
        $"{result.Status} [{string.Join("; ", result.Transactions.Select(answer => $"{answer.Status}{(answer.TransferIndex < 0 ? "" : $" transfer {answer.TransferIndex}")}{(answer.Sequence == 0 ? "" : $" @{answer.Sequence}")}"))}]";

    /// <summary>What a process knows of the journal.</summary>
    private sealed class Stand
    {
        /// <summary>Where another process wrote; <see langword="null"/> while nobody has, since it took the journal.</summary>
        public (long Sequence, int Accounts, int Standings)? OvertakenAt { get; set; }
    }
}
