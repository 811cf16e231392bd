using System.Numerics;
using Florin.Ledger;
using Florin.Tests.Support;
using Npgsql;

namespace Florin.Tests.Ledger.Journal;

/// <summary>Adds up the rows of the journal, one after the other, with big integers and the meaning of each kind: knows nothing of the ledger's code.</summary>
internal sealed class JournalJudge
{
    private readonly Dictionary<long, BigInteger[]> _totals = [];

    private JournalJudge()
    {
    }

    public List<JudgedRow> Rows { get; } = [];

    public Dictionary<long, string> Accounts { get; } = [];

    /// <summary>Rows whose own totals are not what history adds up to.</summary>
    public List<string> Wrong { get; } = [];

    public static async Task<JournalJudge> OfAsync(TestDatabase database)
    {
        JournalJudge judge = new();
        await using NpgsqlConnection connection = await database.Owner.OpenConnectionAsync();
        await using (NpgsqlCommand accounts = new("select number, address || '/' || asset from ledger.accounts", connection))
        await using (NpgsqlDataReader reader = await accounts.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                judge.Accounts.Add(reader.GetInt64(0), reader.GetString(1));
                judge._totals.Add(reader.GetInt64(0), new BigInteger[4]);
            }
        }

        await using NpgsqlCommand rows = new(
            """
            select sequence, transaction_id, kind, debit_account, credit_account, amount, coalesce(released, 0), recorded_at, ledger.totals_after(balances)
            from ledger.transfers order by sequence
            """,
            connection);
        await using NpgsqlDataReader row = await rows.ExecuteReaderAsync();
        while (await row.ReadAsync())
        {
            judge.Add(row);
        }

        return judge;
    }

    /// <summary>Pending and posted debits, pending and posted credits.</summary>
    public BigInteger[] TotalsAt(string account, long sequence)
    {
        JudgedRow? last = Rows.LastOrDefault(row => row.Sequence <= sequence && (row.Debit == account || row.Credit == account));
        return last is null ? new BigInteger[4] : last.Debit == account ? last.DebitAfter : last.CreditAfter;
    }

    public IEnumerable<long> EntriesOf(string address) =>
        Rows.Where(row => row.Debit.Split('/')[0] == address || row.Credit.Split('/')[0] == address).Select(row => row.Sequence).Reverse();

    private void Add(NpgsqlDataReader row)
    {
        (long debit, long credit) = (row.GetInt64(3), row.GetInt64(4));
        BigInteger amount = row.GetFieldValue<BigInteger>(5);
        (BigInteger pending, BigInteger posted) = row.GetInt16(2) switch
        {
            1 or 5 => (BigInteger.Zero, amount),
            2 or 7 => (amount, BigInteger.Zero),
            3 => (-row.GetFieldValue<BigInteger>(6), amount),
            4 or 6 or 9 => (-amount, BigInteger.Zero),
            8 => (BigInteger.Zero, BigInteger.Zero),
            10 => (-amount, amount),
            short kind => throw new InvalidDataException($"Kind {kind}"),
        };
        Change(debit, 0, pending, posted);
        Change(credit, 2, pending, posted);
        JudgedRow judged = new(
            row.GetInt64(0), TransactionId.FromGuid(row.GetGuid(1)), row.GetInt16(2), Accounts[debit], Accounts[credit], row.GetFieldValue<DateTimeOffset>(7),
            [.. _totals[debit]], [.. _totals[credit]]);
        Rows.Add(judged);
        if (!row.GetFieldValue<BigInteger[]>(8).SequenceEqual([.. judged.DebitAfter, .. judged.CreditAfter]))
        {
            Wrong.Add($"sequence {judged.Sequence}");
        }
    }

    private void Change(long account, int at, BigInteger pending, BigInteger posted)
    {
        _totals[account][at] += pending;
        _totals[account][at + 1] += posted;
    }
}

internal sealed record JudgedRow(
    long Sequence, TransactionId Id, short Kind, string Debit, string Credit, DateTimeOffset RecordedAt, BigInteger[] DebitAfter, BigInteger[] CreditAfter);
