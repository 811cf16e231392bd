using System.Collections.Immutable;
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
/// </code>
/// A refusal and a repeat must leave no row and the same state; both are checked at every line.
/// </remarks>
internal sealed partial class LedgerTable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);

    private readonly LedgerStateMachine _machine = new(new LedgerState());
    private readonly Dictionary<TransactionId, ulong> _sequences = [];
    private readonly HashSet<TransactionStatus> _seen = [];
    private readonly StringBuilder _differences = new();
    private readonly List<(Transaction Transaction, TransactionStatus Status, int Index, string Line)> _linked = [];
    private int _batches;

    /// <summary>Runs all lines and fails with the differing ones.</summary>
    /// <returns>The statuses that were reached.</returns>
    public static IReadOnlySet<TransactionStatus> Run(string table)
    {
        LedgerTable run = new();
        foreach (string line in table.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            run.RunLine(Spaces().Replace(line, " "));
        }

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
        SubmissionResult result = _machine.Execute(new Submission { Transactions = [.. _linked.Select(entry => entry.Transaction)] }, batch);
        for (int index = 0; index < _linked.Count; index++)
        {
            (Transaction transaction, TransactionStatus status, int transferIndex, string line) = _linked[index];
            TransactionResult actual = result.Transactions[index];
            _seen.Add(actual.Status);
            Expect(line, (status, transferIndex), (actual.Status, actual.TransferIndex));
            ExpectSequence(line, transaction.Id, actual);
        }

        if (result.Status != TransactionStatus.Created)
        {
            Expect(_linked[0].Line + "   (rows)", 0, batch.Transfers.Count + batch.Details.Count);
            Expect(_linked[0].Line + "   (state)", Convert.ToHexString(before), Convert.ToHexString(_machine.State.Hash()));
        }

        _linked.Clear();
    }

    private void ExpectSequence(string line, TransactionId id, TransactionResult actual)
    {
        if (actual.Status == TransactionStatus.Created)
        {
            _sequences.Add(id, actual.Sequence);
        }
        else if (actual.Status == TransactionStatus.Exists)
        {
            Expect(line + "   (sequence)", _sequences[id], actual.Sequence);
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

    private JournalBatch NextBatch() => new() { Number = ++_batches, Timestamp = Start.AddSeconds(_batches) };

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"^open (?<account>\S+) (?<side>[CD])( (?<flags>dr<=cr|cr<=dr))?( *= (?<status>\w+))?$")]
    private static partial Regex OpenLine();

    [GeneratedRegex(@"^(?<account>\S+): dr (?<drPosted>\d+)\+(?<drPending>\d+) cr (?<crPosted>\d+)\+(?<crPending>\d+)$")]
    private static partial Regex BalanceLine();

    [GeneratedRegex(@"^(?<link>& )?(?<id>\d+|max) (?<kind>[a-z]+|kind\d+)(?<content> .*?)? *= (?<status>\w+)(@(?<index>\d+))?$")]
    private static partial Regex TransactionLine();
}
