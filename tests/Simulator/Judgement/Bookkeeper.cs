using System.Numerics;
using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Simulator.Model;
using Florin.Simulator.Store;

namespace Florin.Simulator.Judgement;

/// <summary>
/// Follows the journal: explains each batch, at the moment when it becomes durable, as submissions that were asked for, and writes these into the model.
/// Rows that nobody asked for, that the model would not write, or that come twice are wrong.
/// </summary>
internal sealed class Bookkeeper(Verdict verdict)
{
    private readonly NaiveLedger _model = new();
    private readonly List<string> _accounts = [];
    private readonly Dictionary<UInt128, List<Attempt>> _asked = [];
    private readonly List<Attempt> _open = [];
    private readonly List<Attempt> _askedToOpen = [];
    private readonly Dictionary<ICommitParticipant, List<Attempt>> _askedWith = [];
    private readonly Dictionary<string, int> _versions = [];
    private readonly Dictionary<long, Creation> _creations = [];
    private readonly Dictionary<long, DateTimeOffset> _timestamps = [];
    private readonly Dictionary<string, List<(long Sequence, BigInteger[] Totals)>> _totals = [];
    private readonly HashSet<long> _boundaries = [0];

    public NaiveLedger Model => _model;

    /// <summary>In order of their numbers.</summary>
    public IReadOnlyList<string> Accounts => _accounts;

    public long Sequence => (long)_model.Sequence;

    public void Ask(Attempt attempt)
    {
        _open.Add(attempt);
        if (!attempt.Submission.Accounts.IsEmpty)
        {
            _askedToOpen.Add(attempt);
        }

        foreach (Transaction transaction in attempt.Submission.Transactions)
        {
            (_asked.TryGetValue(transaction.Id.Value, out List<Attempt>? list) ? list : _asked[transaction.Id.Value] = []).Add(attempt);
        }

        if (attempt.Participant is { } participant)
        {
            (_askedWith.TryGetValue(participant, out List<Attempt>? list) ? list : _askedWith[participant] = []).Add(attempt);
        }
    }

    public void Done(Attempt attempt) => _open.Remove(attempt);

    /// <summary>Those of a killed process get no answer.</summary>
    public List<Attempt> TakeOpen(string process)
    {
        List<Attempt> taken = _open.FindAll(attempt => attempt.Process == process);
        _open.RemoveAll(attempt => attempt.Process == process);
        return taken;
    }

    public Creation? CreationAt(long sequence) => _creations.GetValueOrDefault(sequence);

    public DateTimeOffset? TimeOf(long sequence) => _timestamps.TryGetValue(sequence, out DateTimeOffset time) ? time : null;

    /// <summary>Whether a submission ends at this sequence.</summary>
    public bool IsBoundary(long sequence) => _boundaries.Contains(sequence);

    /// <summary>Debits pending and posted, credits pending and posted, after this sequence.</summary>
    public BigInteger[] TotalsAt(string account, long sequence)
    {
        List<(long Sequence, BigInteger[] Totals)> history = _totals.GetValueOrDefault(account) ?? [];
        int position = history.FindLastIndex(entry => entry.Sequence <= sequence);
        return position < 0 ? new BigInteger[4] : history[position].Totals;
    }

    /// <summary>How often a participant of this key was written.</summary>
    public int VersionOf(string key) => _versions.GetValueOrDefault(key);

    public IEnumerable<Attempt> AskedWith(ICommitParticipant participant) => _askedWith.GetValueOrDefault(participant) ?? [];

    public void Write(StoredBatch stored)
    {
        List<Attempt> open = _open.FindAll(attempt => attempt.Process == stored.Writer);
        int accountsBefore = _accounts.Count;
        OpenAccounts(stored, open);
        int row = 0;
        int participant = 0;
        while (!verdict.HasFailed && (row < stored.Batch.Transfers.Count || participant < stored.Batch.Participants.Count))
        {
            ICommitParticipant? next = participant < stored.Batch.Participants.Count ? stored.Batch.Participants[participant] : null;
            if (!verdict.Require(Explain(stored, row, next, out Attempt? by, out int rows), $"batch {stored.Batch.Number}: nobody asked for what it holds from {Name(stored.Batch, row, next)}"))
            {
                return;
            }

            Apply(stored, by!, row, rows);
            participant += by!.Participant is null ? 0 : 1;
            row += rows;
            Foresee(open, Math.Max(accountsBefore, stored.Batch.Transfers.Take(row).Select(Newest).DefaultIfEmpty().Max()));
        }
    }

    /// <summary>Adds what the model foresees now to what may be answered.</summary>
    public static void Foresee(NaiveLedger model, Attempt attempt, IReadOnlyCollection<string>? closed = null)
    {
        Foreseen foreseen = model.Foresee(attempt.Submission, closed);
        if (!attempt.Foreseen.Exists(known => known.Status == foreseen.Status && known.Transactions.SequenceEqual(foreseen.Transactions)))
        {
            attempt.Foreseen.Add(foreseen with { Page = null });
        }
    }

    private static int Newest(TransferRow row) => (int)Math.Max(row.DebitAccount, row.CreditAccount);

    // The journal does not tell which of a batch's accounts were open at which of its transfers: each way is foreseen.
    private void Foresee(List<Attempt> open, int certainlyOpen)
    {
        foreach (Attempt attempt in open)
        {
            Foresee(_model, attempt);
            for (int count = certainlyOpen; count < _accounts.Count; count++)
            {
                Foresee(_model, attempt, _accounts[count..]);
            }
        }
    }

    private void OpenAccounts(StoredBatch stored, List<Attempt> open)
    {
        foreach (AccountRow account in stored.Batch.Accounts)
        {
            AccountDefinition definition = new(account.Id, account.NormalSide, account.Flags);
            bool wasAsked = _askedToOpen.Exists(attempt => MayApply(attempt, stored) && attempt.Submission.Accounts.Contains(definition));
            verdict.Require(wasAsked, $"batch {stored.Batch.Number}: nobody asked for the account {account.Id}");
            verdict.Require(account.Number == _accounts.Count + 1 && _model.Open(definition), $"batch {stored.Batch.Number}: the account {account.Id} is opened twice");
            _accounts.Add(account.Id.ToString());
            open.ForEach(attempt => Foresee(_model, attempt));
        }
    }

    /// <summary>
    /// Finds who asked for the next rows. When several did, the one who asked for the fewest goes first: the others find these transactions to exist,
    /// and create the rest. A participant in the batch was written for its own submission, so that one is preferred to an equal one without.
    /// </summary>
    private bool Explain(StoredBatch stored, int row, ICommitParticipant? participant, out Attempt? by, out int rows)
    {
        (by, rows) = (null, int.MaxValue);
        List<Attempt> with = participant is null ? [] : [.. AskedWith(participant).Where(attempt => MayApply(attempt, stored))];
        List<Attempt> bare = with.FindAll(attempt => attempt.Submission.Transactions.IsEmpty);
        if (bare.Count > 0)
        {
            (by, rows) = (bare[0], 0);
            Creation creation = new(0);
            bare.ForEach(attempt => Credit(creation, attempt));
            return true;
        }

        if (row == stored.Batch.Transfers.Count)
        {
            return false;
        }

        List<Attempt> asked = _asked.GetValueOrDefault(stored.Batch.Transfers[row].TransactionId.Value) ?? [];
        foreach (Attempt attempt in asked.Where(attempt => MayApply(attempt, stored) && (attempt.Participant is null || attempt.Participant.Equals(participant))))
        {
            int written = JournalRows.Match(_model.Foresee(attempt.Submission), stored.Batch, row, _accounts);
            if (written == 0)
            {
                continue;
            }

            foreach (TransferRow first in stored.Batch.Transfers.GetRange(row, written).Where(transfer => transfer.Index == 0))
            {
                Credit(_creations.TryGetValue(first.Sequence, out Creation? known) ? known : _creations[first.Sequence] = new Creation(first.Sequence), attempt);
            }

            if (written < rows || (written == rows && by!.Participant is null))
            {
                (by, rows) = (attempt, written);
            }
        }

        return by is not null;
    }

    private static void Credit(Creation creation, Attempt attempt)
    {
        if (!creation.By.Contains(attempt))
        {
            creation.By.Add(attempt);
            attempt.Creations.Add(creation);
        }
    }

    private static bool MayApply(Attempt attempt, StoredBatch stored) => attempt.Process == stored.Writer && attempt.Result is null;

    private void Apply(StoredBatch stored, Attempt by, int row, int rows)
    {
        long sequence = rows > 0 ? stored.Batch.Transfers[row].Sequence : 0;
        if (by.Participant is SimulatedParticipant participant)
        {
            verdict.Require(
                VersionOf(participant.Key) == participant.Expects, $"batch {stored.Batch.Number}: {participant} was written at version {VersionOf(participant.Key)}");
            _versions[participant.Key] = participant.Expects + 1;
        }

        _model.Submit(by.Submission with { Accounts = [] });
        for (int index = row; index < row + rows; index++)
        {
            TransferRow transfer = stored.Batch.Transfers[index];
            _timestamps[transfer.Sequence] = stored.Batch.Timestamp;
            Keep(_accounts[(int)transfer.DebitAccount - 1], sequence + rows - 1);
            Keep(_accounts[(int)transfer.CreditAccount - 1], sequence + rows - 1);
        }

        if (rows > 0)
        {
            verdict.Require(Sequence == sequence + rows - 1, $"batch {stored.Batch.Number}: the model is at sequence {Sequence}, the journal at {sequence + rows - 1}");
            _boundaries.Add(Sequence);
        }
    }

    private void Keep(string account, long sequence)
    {
        List<(long Sequence, BigInteger[] Totals)> history = _totals.TryGetValue(account, out List<(long, BigInteger[])>? known) ? known : _totals[account] = [];
        if (history.Count == 0 || history[^1].Sequence != sequence)
        {
            history.Add((sequence, _model.Totals(account)));
        }
    }

    private static string Name(JournalBatch batch, int row, ICommitParticipant? participant) => row < batch.Transfers.Count
        ? $"{batch.Transfers[row]}, {participant?.ToString() ?? "no participant"}"
        : $"participant {participant}";
}
