using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Ledger.StateMachine;
using Xunit;

namespace Florin.Tests.Ledger.StateMachine;

/// <summary>Runs a table that reads like a statement of the ledger: one line per transaction, its expected status last.</summary>
/// <remarks>
/// <code>
/// open alice C dr&lt;=cr                       account, normal side, constraint; "= Status" when not Created
/// 1 posted bank&gt;alice 100#7 date 2026-01-02 = Created     id, kind, debit&gt;credit amount#code; asset after a slash: bank/EUR
/// &amp; 2 pending alice&gt;bob 10, alice&gt;fee 1   = Created      "&amp;" links with the next line into one submission
/// 3 post 2 [5,0] ref x*201                  = Status@1     related id, amounts; "x*201" repeats, "10x65" repeats a transfer
/// alice: dr 60+0 cr 100+5                   posted+pending totals
/// 4 posted alice>bob 90:dr~5 if bob Posted ge 7 for 60 adjust    balancing on a side with a minimum, condition, time-out, policy
/// by 60    uses k 5/10                      the next submission has a deadline (seconds from now), uses 5 of a limit of 10
/// standing alice Frozen                     account change
/// books 2026-01-14                          closes a period
/// wait 60  pass                             time goes on; what is due expires
/// </code>
/// A refusal and a repeat must leave no row and the same state, a repeat tells what the first answer told; all are checked at every line, and
/// at the end that the rows alone give the same state and the same answers again.
/// </remarks>
internal sealed partial class LedgerTable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);

    private readonly LedgerStateMachine _machine = new(new LedgerState());
    private readonly Dictionary<TransactionId, TransactionResult> _first = [];
    private readonly Dictionary<TransactionId, Transaction> _applied = [];
    private readonly List<JournalBatch> _batchRows = [];
    private readonly HashSet<TransactionStatus> _seen = [];
    private readonly StringBuilder _differences = new();
    private readonly List<(Transaction Transaction, TransactionStatus Status, int Index, string Line)> _linked = [];
    private Submission _next = new();
    private double _waited;

    /// <summary>Runs all lines and fails with the differing ones.</summary>
    /// <returns>The statuses that were reached.</returns>
    public static IReadOnlySet<TransactionStatus> Run(string table)
    {
        LedgerTable run = new();
        foreach (string line in table.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            run.RunLine(Spaces().Replace(line, " "));
        }

        run.ExpectSameFromRows();
        Assert.True(run._differences.Length == 0, "Lines that came out otherwise:\n" + run._differences);
        return run._seen;
    }

    private void RunLine(string line)
    {
        if (OpenLine().Match(line) is { Success: true } open)
        {
            RunOpen(open, line);
        }
        else if (BalanceLine().Match(line) is { Success: true } balance)
        {
            RunBalance(balance, line);
        }
        else if (OtherLine().Match(line) is { Success: true } other)
        {
            RunOther(other, line);
        }
        else if (TransactionLine().Match(line) is { Success: true } transaction)
        {
            TransactionStatus status = Enum.Parse<TransactionStatus>(transaction.Groups["status"].Value);
            int index = transaction.Groups["index"].Success ? Number(transaction.Groups["index"].Value) : -1;
            _linked.Add((TransactionText.Parse(transaction), status, index, line));
            if (!transaction.Groups["link"].Success)
            {
                RunSubmission();
            }
        }
        else
        {
            throw new FormatException($"Not a line of a ledger table: {line}");
        }
    }

    private void RunSubmission()
    {
        byte[] before = _machine.State.Hash();
        JournalBatch batch = NextBatch();
        SubmissionResult result = _machine.Execute(_next with { Transactions = [.. _linked.Select(entry => entry.Transaction)] }, batch);
        _next = new Submission();
        for (int index = 0; index < _linked.Count; index++)
        {
            (Transaction transaction, TransactionStatus status, int transferIndex, string line) = _linked[index];
            TransactionResult actual = result.Transactions[index];
            _seen.Add(actual.Status);
            Expect(line, (status, transferIndex), (actual.Status, actual.TransferIndex));
            ExpectSameAsFirst(line, transaction, actual);
        }

        if (result.Status != TransactionStatus.Created)
        {
            Expect(_linked[0].Line + "   (rows)", true, batch.IsEmpty && batch.Details.Count == 0);
            Expect(_linked[0].Line + "   (state)", Convert.ToHexString(before), Convert.ToHexString(_machine.State.Hash()));
        }

        _linked.Clear();
    }

    private void ExpectSameAsFirst(string line, Transaction transaction, TransactionResult actual)
    {
        if (actual.Status == TransactionStatus.Created)
        {
            _first.Add(transaction.Id, actual with { Status = TransactionStatus.Exists });
            _applied.Add(transaction.Id, transaction);
        }
        else if (actual.Status == TransactionStatus.Exists)
        {
            Expect(line + "   (first answer)", _first[transaction.Id], actual);
        }
    }

    private void RunOther(Match line, string text)
    {
        string[] words = line.Value.Split(' ');
        TransactionStatus expected = line.Groups["status"].Success ? Enum.Parse<TransactionStatus>(line.Groups["status"].Value) : TransactionStatus.Created;
        switch (words[0])
        {
            case "by":
                _next = _next with { Deadline = Time(_batchRows.Count + 1).AddSeconds(double.Parse(words[1], CultureInfo.InvariantCulture)) };
                break;
            case "uses":
                string[] amounts = words[2].Split('/');
                _next = _next with
                {
                    Limits = _next.Limits.Add(new LimitUse(words[1], UInt128.Parse(amounts[0]), UInt128.Parse(amounts[1]), Time(_batchRows.Count + 1).AddHours(1))),
                };
                break;
            case "standing":
                _next = _next with
                {
                    AccountChanges = _next.AccountChanges.Add(new AccountChange(TransactionText.Account(words[1]), Enum.Parse<AccountStanding>(words[2]))),
                };
                RunChange(expected, text);
                break;
            case "books":
                _next = _next with { ClosePeriodThrough = DateOnly.Parse(words[1], CultureInfo.InvariantCulture) };
                RunChange(expected, text);
                break;
            case "wait":
                _waited += double.Parse(words[1], CultureInfo.InvariantCulture);
                break;
            default:
                _machine.PassTime(NextBatch(), int.MaxValue);
                _machine.State.Limits.Forget(_batchRows[^1].Timestamp);
                break;
        }
    }

    private void RunChange(TransactionStatus expected, string line)
    {
        byte[] before = _machine.State.Hash();
        JournalBatch batch = NextBatch();
        SubmissionResult result = _machine.Execute(_next, batch);
        _next = new Submission();
        _seen.Add(result.Status);
        Expect(line, expected, result.Status);
        if (!result.IsApplied)
        {
            Expect(line + "   (rows)", true, batch.IsEmpty);
            Expect(line + "   (state)", Convert.ToHexString(before), Convert.ToHexString(_machine.State.Hash()));
        }
    }

    private void ExpectSameFromRows()
    {
        LedgerState replayed = new();
        IRecoverySink sink = replayed;
        sink.Checkpoint(0);
        _batchRows.SelectMany(batch => batch.Accounts).ToList().ForEach(account => sink.Account(account, default));
        _batchRows.SelectMany(batch => batch.Standings).ToList().ForEach(standing => sink.Standing(standing.Account, standing.Standing));
        _batchRows.SelectMany(batch => batch.Periods).ToList().ForEach(period => sink.ClosedThrough(period.Through));
        _batchRows.SelectMany(batch => batch.Limits).Where(limit => limit.ForgetAfter > _batchRows[^1].Timestamp).ToList()
            .ForEach(limit => sink.Limit(limit.Key, limit.Used, limit.ForgetAfter));
        _batchRows.SelectMany(StoredRows.Of).ToList().ForEach(sink.Replay);
        Expect("the rows alone   (state)", Convert.ToHexString(_machine.State.Hash()), Convert.ToHexString(replayed.Hash()));
        LedgerStateMachine again = new(replayed);
        foreach ((TransactionId id, Transaction transaction) in _applied)
        {
            SubmissionResult result = again.Execute(new Submission { Transactions = [transaction], Deadline = Start }, NextBatch());
            Expect($"{id} again from the rows", _first[id], result.Transactions[0]);
        }
    }

    private void RunOpen(Match open, string line)
    {
        TransactionStatus expected = open.Groups["status"].Success ? Enum.Parse<TransactionStatus>(open.Groups["status"].Value) : TransactionStatus.Created;
        AccountDefinition definition = new(
            TransactionText.Account(open.Groups["account"].Value),
            open.Groups["side"].Value == "C" ? NormalSide.Credit : NormalSide.Debit,
            open.Groups["flags"].Value switch
            {
                "dr<=cr" => AccountFlags.DebitsMustNotExceedCredits,
                "cr<=dr" => AccountFlags.CreditsMustNotExceedDebits,
                "safeguarding" => AccountFlags.Safeguarding,
                _ => AccountFlags.None,
            });
        SubmissionResult result = _machine.Execute(new Submission { Accounts = [definition] }, NextBatch());
        _seen.Add(result.Status);
        Expect(line, expected, result.Status);
    }

    private void RunBalance(Match balance, string line)
    {
        Assert.True(_machine.State.TryGetAccount(TransactionText.Account(balance.Groups["account"].Value), out AccountState? account), line);
        AccountTotals expected = new(
            UInt128.Parse(balance.Groups["drPending"].Value),
            UInt128.Parse(balance.Groups["drPosted"].Value),
            UInt128.Parse(balance.Groups["crPending"].Value),
            UInt128.Parse(balance.Groups["crPosted"].Value));
        Expect(line, expected, account.Totals);
    }

    private void Expect<T>(string line, T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            _differences.AppendLine(CultureInfo.InvariantCulture, $"{line}\n    was {actual}");
        }
    }

    private JournalBatch NextBatch()
    {
        JournalBatch batch = new() { Number = _batchRows.Count + 1, Timestamp = Time(_batchRows.Count + 1) };
        _batchRows.Add(batch);
        return batch;
    }

    private DateTimeOffset Time(int batch) => Start.AddSeconds(batch + _waited);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"^open (?<account>\S+) (?<side>[CD])( (?<flags>dr<=cr|cr<=dr|safeguarding))?( *= (?<status>\w+))?$")]
    private static partial Regex OpenLine();

    [GeneratedRegex(@"^(?<account>\S+): dr (?<drPosted>\d+)\+(?<drPending>\d+) cr (?<crPosted>\d+)\+(?<crPending>\d+)$")]
    private static partial Regex BalanceLine();

    [GeneratedRegex(@"^(by -?\d+|uses \S+ \d+/\d+|standing \S+ \w+|books \S+|wait \d+|pass)( *= (?<status>\w+))?$")]
    private static partial Regex OtherLine();

    [GeneratedRegex(@"^(?<link>& )?(?<id>\d+|max) (?<kind>[a-z]+|kind\d+)(?<content> .*?)? *= (?<status>\w+)(@(?<index>\d+))?$")]
    private static partial Regex TransactionLine();
}
