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
        _ when word.Contains('>', StringComparison.Ordinal) =>
            transaction with { Transfers = transaction.Transfers.AddRange(Transfers(word, words.Dequeue())) },
        _ when word.StartsWith('[') => transaction with { Amounts = [.. word.Trim('[', ']').Split(',').Select(Amount)] },
        _ => transaction with { Related = Id(word) },
    };

    private static IEnumerable<Transfer> Transfers(string accounts, string amount)
    {
        string[] sides = accounts.Split('>');
        Match parts = AmountWord().Match(amount);
        int code = parts.Groups["code"].Success ? int.Parse(parts.Groups["code"].Value, CultureInfo.InvariantCulture) : 1;
        int times = parts.Groups["times"].Success ? int.Parse(parts.Groups["times"].Value, CultureInfo.InvariantCulture) : 1;
        return Enumerable.Repeat(new Transfer(Account(sides[0]), Account(sides[1]), Amount(parts.Groups["amount"].Value), code), times);
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

    [GeneratedRegex(@"^(?<amount>\d+|max(-\d+)?)(#(?<code>-?\d+))?(x(?<times>\d+))?$")]
    private static partial Regex AmountWord();
}
