using System.Numerics;
using Florin.Ledger;

namespace Florin.Tests.Ledger.Model;

/// <summary>What the model predicts for one transaction.</summary>
internal readonly record struct Prediction(TransactionStatus Status, int TransferIndex, BigInteger Sequence);

/// <summary>
/// The ledger as a clerk would keep it: a book of what was written, names as text, integers without limit. It shares no code with the ledger,
/// and decides from the contract's words. A submission is tried on a copy of the page and copied into the book when all of it is accepted.
/// </summary>
internal sealed class NaiveLedger
{
    private readonly Dictionary<string, (NormalSide Side, AccountFlags Flags)> _accounts = [];
    private NaivePage _page = new();

    public IEnumerable<string> Accounts => _accounts.Keys;

    public BigInteger Sequence => _page.Sequence;

    public (TransactionStatus Status, List<Prediction> Transactions) Submit(Submission submission)
    {
        int count = submission.Transactions.Length;
        foreach (AccountDefinition definition in submission.Accounts)
        {
            (NormalSide, AccountFlags) wanted = (definition.NormalSide, definition.Flags);
            if (_accounts.TryAdd(definition.Id.ToString(), wanted) is false && _accounts[definition.Id.ToString()] != wanted)
            {
                return (TransactionStatus.AccountDefinitionDiffers, Same(count, TransactionStatus.AccountDefinitionDiffers));
            }
        }

        NaivePage page = _page.Turn();
        List<Prediction> predictions = [];
        foreach (Transaction transaction in submission.Transactions)
        {
            Prediction prediction = new NaiveRules(_accounts, page).Write(transaction);
            predictions.Add(prediction);
            if (prediction.Status is not (TransactionStatus.Created or TransactionStatus.Exists))
            {
                List<Prediction> refused = Same(count, TransactionStatus.LinkedTransactionFailed);
                refused[predictions.Count - 1] = prediction;
                return (prediction.Status, refused);
            }
        }

        _page = page.Keep();
        bool isNew = count == 0 || predictions.Any(prediction => prediction.Status == TransactionStatus.Created);
        return (isNew ? TransactionStatus.Created : TransactionStatus.Exists, predictions);
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
