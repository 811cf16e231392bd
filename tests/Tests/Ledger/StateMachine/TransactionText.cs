using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Florin.Ledger;

namespace Florin.Tests.Ledger.StateMachine;

/// <summary>Reads the transaction of a line of <see cref="LedgerTable"/>.</summary>
internal static partial class TransactionText
{
    public static Transaction Parse(Match line)
    {
        string kind = line.Groups["kind"].Value;
        Transaction transaction = new()
        {
            Id = Id(line.Groups["id"].Value),
            Kind = kind.StartsWith("kind", StringComparison.Ordinal)
                ? (TransactionKind)byte.Parse(kind.AsSpan(4), CultureInfo.InvariantCulture)
                : Enum.Parse<TransactionKind>(kind, ignoreCase: true),
        };
        Queue<string> words = new(line.Groups["content"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.TrimEnd(',')));
        while (words.TryDequeue(out string? word))
        {
            transaction = Add(transaction, word, words);
        }

        return transaction;
    }

    public static AccountId Account(string name)
    {
        string[] parts = name.Split('/');
        return AccountId.Of(parts[0], Assets.Get(parts.Length > 1 ? parts[1] : "USD"));
    }

    private static Transaction Add(Transaction transaction, string word, Queue<string> words) => word switch
    {
        "date" => transaction with { EffectiveDate = DateOnly.Parse(words.Dequeue(), CultureInfo.InvariantCulture) },
        "ref" => transaction with { Reference = Text(words.Dequeue()) },
        "meta" => transaction with { Metadata = Text(words.Dequeue()) },
        "adjust" => transaction with { ClosedPeriod = ClosedPeriodPolicy.Adjust },
        "policy" => transaction with { ClosedPeriod = (ClosedPeriodPolicy)byte.Parse(words.Dequeue(), CultureInfo.InvariantCulture) },
        "for" => transaction with { Timeout = TimeSpan.FromSeconds(double.Parse(words.Dequeue(), CultureInfo.InvariantCulture)) },
        "ticks" => transaction with { Timeout = TimeSpan.FromTicks(long.Parse(words.Dequeue(), CultureInfo.InvariantCulture)) },
        "if" => transaction with { Conditions = transaction.Conditions.AddRange(Conditions(words)) },
        _ when word.Contains('>', StringComparison.Ordinal) =>
            transaction with { Transfers = transaction.Transfers.AddRange(Transfers(word, words.Dequeue())) },
        _ when word.StartsWith('[') => transaction with { Amounts = [.. word.Trim('[', ']').Split(',').Select(Amount)] },
        _ => transaction with { Related = Id(word) },
    };

    /// <summary>Account, measure, comparison, value: <c>alice Posted lt -5</c>, or <c>-5x65</c> for 65 of them.</summary>
    private static IEnumerable<BalanceCondition> Conditions(Queue<string> words)
    {
        AccountId account = Account(words.Dequeue());
        BalanceMeasure measure = Enum.Parse<BalanceMeasure>(words.Dequeue());
        Comparison comparison = words.Dequeue() switch
        {
            "eq" => Comparison.Equal,
            "ne" => Comparison.NotEqual,
            "lt" => Comparison.Less,
            "le" => Comparison.LessOrEqual,
            "gt" => Comparison.Greater,
            "ge" => Comparison.GreaterOrEqual,
            string other => (Comparison)byte.Parse(other, CultureInfo.InvariantCulture),
        };
        string[] value = words.Dequeue().Split('x');
        int times = value.Length == 2 ? int.Parse(value[1], CultureInfo.InvariantCulture) : 1;
        Int128 number = value[0] == "min" ? Int128.MinValue : Int128.Parse(value[0], CultureInfo.InvariantCulture);
        return Enumerable.Repeat(new BalanceCondition(account, measure, comparison, number), times);
    }

    private static IEnumerable<Transfer> Transfers(string accounts, string amount)
    {
        string[] sides = accounts.Split('>');
        Match parts = AmountWord().Match(amount);
        int code = parts.Groups["code"].Success ? int.Parse(parts.Groups["code"].Value, CultureInfo.InvariantCulture) : 1;
        int times = parts.Groups["times"].Success ? int.Parse(parts.Groups["times"].Value, CultureInfo.InvariantCulture) : 1;
        Transfer transfer = new(Account(sides[0]), Account(sides[1]), Amount(parts.Groups["amount"].Value), code)
        {
            Balancing = parts.Groups["balancing"].Value switch
            {
                "" => Balancing.None,
                "dr" => Balancing.Debit,
                "cr" => Balancing.Credit,
                _ => (Balancing)9,
            },
            Minimum = parts.Groups["minimum"].Success ? Amount(parts.Groups["minimum"].Value) : UInt128.Zero,
        };
        return Enumerable.Repeat(transfer, times);
    }

    private static UInt128 Amount(string text)
    {
        if (!text.StartsWith("max", StringComparison.Ordinal))
        {
            return UInt128.Parse(text, CultureInfo.InvariantCulture);
        }

        return UInt128.MaxValue - (text.Length > 4 ? UInt128.Parse(text.AsSpan(4), CultureInfo.InvariantCulture) : 0);
    }

    private static TransactionId Id(string text) => new(Amount(text));

    private static string Text(string word)
    {
        string[] parts = word.Split('*');
        string text = parts.Length == 2 ? string.Concat(Enumerable.Repeat(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture))) : word;
        return Regex.Unescape(text);
    }

    [GeneratedRegex(@"^(?<amount>\d+|max(-\d+)?)(:(?<balancing>dr|cr|other))?(~(?<minimum>\d+))?(#(?<code>-?\d+))?(x(?<times>\d+))?$")]
    private static partial Regex AmountWord();
}
