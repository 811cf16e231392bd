using Florin.Ledger;
using Xunit;

namespace Florin.Tests.Wallets;

/// <summary>A judge that keeps books the simplest way: lists of transfers, summed when asked. Shares nothing with the engine.</summary>
internal sealed class NaiveBooks
{
    private readonly Dictionary<TransactionId, Transaction> _transactions = [];
    private readonly List<(string Debit, string Credit, long Amount, string Asset)> _posted = [];
    private readonly Dictionary<TransactionId, Transaction> _pending = [];

    public int Count => _transactions.Count;

    public void Apply(Transaction transaction)
    {
        if (_transactions.TryGetValue(transaction.Id, out Transaction? known))
        {
            Assert.Equal(known.Kind, transaction.Kind);
            Assert.Equal(known.Transfers.AsSpan(), transaction.Transfers.AsSpan());
            return;
        }

        _transactions[transaction.Id] = transaction;
        switch (transaction.Kind)
        {
            case TransactionKind.Posted:
                Post(transaction);
                break;
            case TransactionKind.Pending:
                _pending.Add(transaction.Id, transaction);
                break;
            case TransactionKind.Post:
                Assert.True(_pending.Remove(transaction.Related!.Value, out Transaction? held), "posts what is not pending");
                Post(held!);
                break;
            case TransactionKind.Void:
                Assert.True(_pending.Remove(transaction.Related!.Value), "voids what is not pending");
                break;
            case TransactionKind.Reverse:
                Transaction original = _transactions[transaction.Related!.Value];
                Assert.Equal(TransactionKind.Posted, original.Kind);
                Assert.Equal(1, _transactions.Values.Count(other => other.Kind == TransactionKind.Reverse && other.Related == original.Id));
                foreach (Transfer transfer in original.Transfers)
                {
                    Add(transfer.Credit, transfer.Debit, transfer.Amount);
                }

                break;
            default:
                Assert.Fail($"unexpected {transaction.Kind}");
                break;
        }
    }

    /// <summary>Credits less debits, in smallest units.</summary>
    public long Credit(string address, string asset = "USD") =>
        _posted.Where(line => line.Asset == asset).Sum(line => (line.Credit == address ? line.Amount : 0) - (line.Debit == address ? line.Amount : 0));

    public long Debit(string address, string asset = "USD") => -Credit(address, asset);

    public long PendingCredit(string address) =>
        _pending.Values.SelectMany(transaction => transaction.Transfers).Where(transfer => transfer.Credit.Address.Value == address).Sum(transfer => (long)transfer.Amount);

    private void Post(Transaction transaction)
    {
        foreach (Transfer transfer in transaction.Transfers)
        {
            Add(transfer.Debit, transfer.Credit, transfer.Amount);
        }
    }

    private void Add(AccountId debit, AccountId credit, UInt128 amount)
    {
        Assert.Equal(debit.Asset, credit.Asset);
        _posted.Add((debit.Address.Value, credit.Address.Value, (long)amount, debit.Asset.Code));
    }
}
