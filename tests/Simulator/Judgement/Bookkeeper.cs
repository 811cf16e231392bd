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
    private readonly Dictionary<long, TransferRow> _rows = [];
    private readonly Dictionary<long, BigInteger[]> _running = [];

    public NaiveLedger Model => _model;

    /// <summary>In order of their numbers.</summary>
    public IReadOnlyList<string> Accounts => _accounts;

    public long Sequence => (long)_model.Sequence;

    /// <summary>The earliest ledger time of what is executed next. A batch that leaves no rows shows no time, but then nothing was due either.</summary>
    public DateTimeOffset EarliestTime { get; private set; } = DateTimeOffset.UnixEpoch;

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

    public List<Attempt> OpenAt(string process) => _open.FindAll(attempt => attempt.Process == process);

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
        EarliestTime = stored.Batch.Timestamp.AddMicroseconds(1);
        int accountsBefore = _accounts.Count;
        OpenAccounts(stored, open);
        RowPosition at = new(Expire(stored, open), 0, 0, 0, 0);
        RowPosition end = EndOf(stored.Batch);
        while (!verdict.HasFailed && at != end)
        {
            ICommitParticipant? next = at.Participant < stored.Batch.Participants.Count ? stored.Batch.Participants[at.Participant] : null;
            Explanation? found = Explain(stored, at, next, accountsBefore);
            if (!verdict.Require(found is not null, $"batch {stored.Batch.Number}: nobody asked for what it holds from {Name(stored.Batch, at, next)}"))
            {
                return;
            }

            Apply(stored, found!, at.Transfer);
            at = found!.End with { Participant = at.Participant + (found.By.Participant is null ? 0 : 1) };
            Foresee(open, stored.Batch.Timestamp, Math.Max(accountsBefore, stored.Batch.Transfers.Take(at.Transfer).Select(Newest).DefaultIfEmpty().Max()));
        }
    }

    /// <summary>Adds what the model foresees now to what may be answered.</summary>
    public static void Foresee(NaiveLedger model, Attempt attempt, DateTimeOffset now, IReadOnlyCollection<string>? closed = null)
    {
        Foreseen foreseen = ForeseeOf(model, attempt, now, closed);
        if (!attempt.Foreseen.Exists(known => known.Status == foreseen.Status && known.Transactions.SequenceEqual(foreseen.Transactions)))
        {
            attempt.Foreseen.Add(foreseen with { Page = null });
        }
    }

    private static Foreseen ForeseeOf(NaiveLedger model, Attempt attempt, DateTimeOffset now, IReadOnlyCollection<string>? closed = null) => attempt.IsBulk
        ? model.ForeseeEach(attempt.Submission.Transactions, now, closed)
        : model.Foresee(attempt.Submission, now, closed);

    private static RowPosition EndOf(JournalBatch batch) =>
        new(batch.Transfers.Count, batch.Standings.Count, batch.Limits.Count, batch.Periods.Count, batch.Participants.Count);

    private static int Newest(TransferRow row) => (int)Math.Max(row.DebitAccount, row.CreditAccount);

    // The journal does not tell which of a batch's accounts were open at which of its transfers: each way is foreseen.
    private void Foresee(List<Attempt> open, DateTimeOffset now, int certainlyOpen)
    {
        foreach (Attempt attempt in open)
        {
            Foresee(_model, attempt, now);
            for (int count = certainlyOpen; count < _accounts.Count; count++)
            {
                Foresee(_model, attempt, now, _accounts[count..]);
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
            open.ForEach(attempt => Foresee(_model, attempt, stored.Batch.Timestamp));
        }
    }

    /// <summary>
    /// Finds who asked for the next rows. When several did, the one who asked for the fewest goes first: the others find these transactions to exist,
    /// and create the rest. A participant in the batch was written for its own submission, so that one is preferred to an equal one without.
    /// </summary>
    private Explanation? Explain(StoredBatch stored, RowPosition at, ICommitParticipant? participant, int accountsBefore)
    {
        Explanation? best = null;
        int row = at.Transfer;
        List<Attempt> with = participant is null ? [] : [.. AskedWith(participant).Where(attempt => MayApply(attempt, stored))];
        List<Attempt> bare = with.FindAll(attempt => attempt.Submission.Transactions.IsEmpty);
        if (bare.Count > 0 && Match(bare[0], stored, at, accountsBefore) is { } alone)
        {
            Creation creation = new(0);
            bare.ForEach(attempt => Credit(creation, attempt));
            return alone;
        }

        if (row == stored.Batch.Transfers.Count)
        {
            return null;
        }

        List<Attempt> asked = _asked.GetValueOrDefault(stored.Batch.Transfers[row].TransactionId.Value) ?? [];
        foreach (Attempt attempt in asked.Where(attempt => MayApply(attempt, stored) && (attempt.Participant is null || attempt.Participant.Equals(participant))))
        {
            if (Match(attempt, stored, at, accountsBefore) is not { } match || match.End.Transfer == row)
            {
                continue;
            }

            foreach (TransferRow first in stored.Batch.Transfers.GetRange(row, match.End.Transfer - row).Where(transfer => transfer.Index == 0))
            {
                Credit(_creations.TryGetValue(first.Sequence, out Creation? known) ? known : _creations[first.Sequence] = new Creation(first.Sequence), attempt);
            }

            if (best is null || match.End.Transfer < best.End.Transfer || (match.End.Transfer == best.End.Transfer && best.By.Participant is null))
            {
                best = match;
            }
        }

        return best;
    }

    // The journal does not tell which of the batch's accounts were open when a bulk was executed, and it goes on past what it refuses.
    private Explanation? Match(Attempt attempt, StoredBatch stored, RowPosition at, int accountsBefore)
    {
        for (int count = _accounts.Count; count >= (attempt.IsBulk ? accountsBefore : _accounts.Count); count--)
        {
            Foreseen foreseen = ForeseeOf(_model, attempt, stored.Batch.Timestamp, count == _accounts.Count ? null : _accounts[count..]);
            if (JournalRows.Match(foreseen, stored.Batch, at, _accounts) is { } end)
            {
                return new Explanation(attempt, foreseen.Page!, end);
            }
        }

        return null;
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

    private void Apply(StoredBatch stored, Explanation found, int row)
    {
        if (found.By.Participant is SimulatedParticipant participant)
        {
            verdict.Require(
                VersionOf(participant.Key) == participant.Expects, $"batch {stored.Batch.Number}: {participant} was written at version {VersionOf(participant.Key)}");
            _versions[participant.Key] = participant.Expects + 1;
        }

        found.Page.Keep();
        Keep(stored, row, found.End.Transfer - row);
    }

    private void Keep(StoredBatch stored, int row, int rows)
    {
        long last = rows == 0 ? Sequence : stored.Batch.Transfers[row + rows - 1].Sequence;
        verdict.Require(Sequence == last, $"batch {stored.Batch.Number}: the model is at sequence {Sequence}, the journal at {last}");
        _boundaries.Add(Sequence);
        foreach (TransferRow transfer in stored.Batch.Transfers.GetRange(row, rows))
        {
            verdict.Require(JournalRows.Add(_running, transfer), $"sequence {transfer.Sequence} carries other totals than the rows add up to: {transfer}");
            _rows[transfer.Sequence] = transfer;
            _timestamps[transfer.Sequence] = stored.Batch.Timestamp;
            Keep(_accounts[(int)transfer.DebitAccount - 1], last);
            Keep(_accounts[(int)transfer.CreditAccount - 1], last);
        }
    }

    /// <summary>Pending transactions whose time has come expire first of all, and all of them as long as the batch has room.</summary>
    private int Expire(StoredBatch stored, List<Attempt> open)
    {
        int row = 0;
        Queue<NaiveEntry> due = new(_model.Due(stored.Batch.Timestamp));
        while (!verdict.HasFailed && row < stored.Batch.Transfers.Count && stored.Batch.Transfers[row].Kind == TransactionKind.Expire)
        {
            NaiveEntry? expiry = due.TryDequeue(out NaiveEntry? pending) ? _model.ExpiryOf(pending) : null;
            int rows = expiry is null ? 0 : JournalRows.Match(expiry, stored.Batch, row, _accounts);
            if (verdict.Require(rows > 0, $"batch {stored.Batch.Number} at {stored.Batch.Timestamp:O}: nothing is due as in {stored.Batch.Transfers[row]}"))
            {
                _model.Write(expiry!);
                Keep(stored, row, rows);
                row += rows;
            }
        }

        verdict.Require(
            due.Count == 0 || row >= stored.TransfersMax, $"batch {stored.Batch.Number} at {stored.Batch.Timestamp:O} forgets the expiry of {due.FirstOrDefault()?.Id:x}");
        open.ForEach(attempt => Foresee(_model, attempt, stored.Batch.Timestamp));
        return row;
    }

    /// <summary>A transfer as it stands in the journal.</summary>
    public TransferRow? RowAt(long sequence) => _rows.TryGetValue(sequence, out TransferRow row) ? row : null;

    private void Keep(string account, long sequence)
    {
        List<(long Sequence, BigInteger[] Totals)> history = _totals.TryGetValue(account, out List<(long, BigInteger[])>? known) ? known : _totals[account] = [];
        if (history.Count == 0 || history[^1].Sequence != sequence)
        {
            history.Add((sequence, _model.Totals(account)));
        }
    }

    private static string Name(JournalBatch batch, RowPosition at, ICommitParticipant? participant) => string.Join(
        ", ",
        (object[])
        [
            at,
            at.Transfer < batch.Transfers.Count ? batch.Transfers[at.Transfer] : "no transfer",
            .. batch.Standings.Skip(at.Standing), .. batch.Limits.Skip(at.Limit), .. batch.Periods.Skip(at.Period),
            participant?.ToString() ?? "no participant",
        ]);

    /// <summary>Who asked for the next rows, what the model writes for it, and where the rows after them begin.</summary>
    private sealed record Explanation(Attempt By, NaivePage Page, RowPosition End);
}
