using System.Numerics;
using Florin.Ledger;

namespace Florin.Simulator.Model;

/// <summary>What the model predicts for one transaction.</summary>
internal readonly record struct Prediction(TransactionStatus Status, int TransferIndex, BigInteger Sequence);

/// <summary>What the model predicts for a submission.</summary>
/// <param name="Page">What would be written; <see langword="null"/> when it is refused.</param>
internal sealed record Foreseen(TransactionStatus Status, List<Prediction> Transactions, NaivePage? Page);

/// <summary>
/// The ledger as a clerk would keep it: a book of what was written, names as text, integers without limit. It shares no code with the ledger,
/// and decides from the contract's words. A submission is tried on a copy of the page and copied into the book when all of it is accepted.
/// </summary>
internal sealed class NaiveLedger
{
    private readonly Dictionary<string, (NormalSide Side, AccountFlags Flags)> _accounts = [];
    private readonly NaivePage _page = new();

    public IEnumerable<string> Accounts => _accounts.Keys;

    public bool IsOpen(string account) => _accounts.ContainsKey(account);

    public BigInteger Sequence => _page.Sequence;

    /// <summary>Foresees and writes.</summary>
    public (TransactionStatus Status, List<Prediction> Transactions) Submit(Submission submission)
    {
        foreach (AccountDefinition definition in submission.Accounts.TakeWhile(MayOpen))
        {
            Open(definition);
        }

        Foreseen foreseen = Foresee(submission);
        foreseen.Page?.Keep();
        return (foreseen.Status, foreseen.Transactions);
    }

    /// <summary>Whether the account is not open, or open just so.</summary>
    public bool MayOpen(AccountDefinition definition) =>
        !_accounts.TryGetValue(definition.Id.ToString(), out (NormalSide, AccountFlags) open) || open == (definition.NormalSide, definition.Flags);

    /// <returns><see langword="false"/> when it was open before.</returns>
    public bool Open(AccountDefinition definition) => _accounts.TryAdd(definition.Id.ToString(), (definition.NormalSide, definition.Flags));

    /// <summary>What would be answered now; nothing is written, and no account stays open.</summary>
    /// <param name="closed">Accounts to think of as not open yet; <see langword="null"/> when none.</param>
    public Foreseen Foresee(Submission submission, IReadOnlyCollection<string>? closed = null)
    {
        int count = submission.Transactions.Length;
        Dictionary<string, (NormalSide Side, AccountFlags Flags)> accounts = submission.Accounts.IsEmpty && closed is null ? _accounts : new(_accounts);
        foreach (string account in closed ?? [])
        {
            accounts.Remove(account);
        }

        foreach (AccountDefinition definition in submission.Accounts)
        {
            (NormalSide, AccountFlags) wanted = (definition.NormalSide, definition.Flags);
            if (accounts.TryAdd(definition.Id.ToString(), wanted) is false && accounts[definition.Id.ToString()] != wanted)
            {
                return new Foreseen(TransactionStatus.AccountDefinitionDiffers, Same(count, TransactionStatus.AccountDefinitionDiffers), Page: null);
            }
        }

        NaivePage page = _page.Turn();
        List<Prediction> predictions = [];
        foreach (Transaction transaction in submission.Transactions)
        {
            Prediction prediction = new NaiveRules(accounts, page).Write(transaction);
            predictions.Add(prediction);
            if (prediction.Status is not (TransactionStatus.Created or TransactionStatus.Exists))
            {
                List<Prediction> refused = Same(count, TransactionStatus.LinkedTransactionFailed);
                refused[predictions.Count - 1] = prediction.Sequence > _page.Sequence ? prediction with { Sequence = 0 } : prediction;
                return new Foreseen(prediction.Status, refused, Page: null);
            }
        }

        bool isNew = count == 0 || predictions.Any(prediction => prediction.Status == TransactionStatus.Created);
        return new Foreseen(isNew ? TransactionStatus.Created : TransactionStatus.Exists, predictions, page);
    }

    /// <summary>Totals from the book alone: every entry added up anew.</summary>
    public Dictionary<string, BigInteger[]> AddUp()
    {
        Dictionary<string, BigInteger[]> totals = _accounts.Keys.ToDictionary(name => name, _ => new BigInteger[4]);
        foreach (NaiveEntry entry in _page.Book)
        {
            int column = entry.Kind switch
            {
                TransactionKind.Pending when _page.EndOf(entry.Id) is null => 0,
                TransactionKind.Posted or TransactionKind.Post or TransactionKind.Reverse => 1,
                _ => -1,
            };
            foreach (NaiveLine line in column < 0 ? [] : entry.Lines)
            {
                totals[line.Debit][column] += line.Amount;
                totals[line.Credit][column + 2] += line.Amount;
            }
        }

        return totals;
    }

    /// <summary>The totals that the decisions were made with.</summary>
    public BigInteger[] Totals(string account) => _page.Totals(account);

    private static List<Prediction> Same(int count, TransactionStatus status) => [.. Enumerable.Repeat(new Prediction(status, -1, 0), count)];
}
