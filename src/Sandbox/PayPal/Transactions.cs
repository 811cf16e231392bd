using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.PayPal;

/// <summary>One movement of the balance.</summary>
/// <param name="Code">PayPal's event code. Source: developer.paypal.com transaction event codes.</param>
/// <param name="Gross">Below zero when it leaves.</param>
internal sealed record Transaction(string Code, Money Gross)
{
    /// <summary>PayPal's id of what moved; a new one when it has none.</summary>
    public string? Id { get; init; }

    /// <summary>What PayPal keeps of it.</summary>
    public Money? Fee { get; init; }

    /// <summary>The transaction that it is about.</summary>
    public string? Reference { get; init; }

    /// <summary>The merchant's reference.</summary>
    public string? Custom { get; init; }

    /// <summary>The capture or refund whose references it carries.</summary>
    public JsonObject? About { get; init; }
}

/// <summary>The balance and the record of how it came to be: whatever moves the one is written to the other.</summary>
internal static class Transactions
{
    /// <summary>The hidden member of a row that the search does not list yet, though the money has moved.</summary>
    public const string IsLate = "late";

    /// <summary>The hidden member of a row that the search lists twice.</summary>
    public const string IsTwice = "twice";

    /// <summary>The hidden member with what the balance became more by.</summary>
    public const string Net = "net";

    public static StoredObject Add(PayPalSession session, Transaction moved)
    {
        var id = moved.Id ?? session.NextId();
        var net = moved.Fee is { } fee ? moved.Gross - fee : moved.Gross;
        session.Move(net);
        var balance = net with { Units = session.BalanceOf(net.Currency) };
        var row = session.Add(PayPalTypes.Transaction, KeyOf(id), new JsonObject
        {
            ["transaction_id"] = id,
            ["transaction_event_code"] = moved.Code,
            ["transaction_initiation_date"] = TransactionSearch.Time(session.Unit.Now),
            ["transaction_updated_date"] = TransactionSearch.Time(session.Unit.Now),
            ["transaction_amount"] = moved.Gross.ToJson(),
            ["transaction_status"] = "S",
            ["ending_balance"] = balance.ToJson(),
            ["available_balance"] = balance.ToJson(),
        });
        row.Hidden[Net] = net.Units;
        if (moved.Fee is { } kept)
        {
            row.Body["fee_amount"] = (-kept).ToJson();
        }

        if (moved.Reference is { } reference)
        {
            row.Body["paypal_reference_id"] = reference;
            row.Body["paypal_reference_id_type"] = "TXN";
        }

        foreach (var (name, value) in (IEnumerable<(string, string?)>)[
            ("custom_field", moved.Custom ?? moved.About?.Text("custom_id")), ("invoice_id", moved.About?.Text("invoice_id"))])
        {
            if (value is not null)
            {
                row.Body[name] = value;
            }
        }

        return row;
    }

    /// <summary>Moves money from the balance to the merchant's bank: what is given, or all that is there.</summary>
    /// <returns><see langword="null"/> when there is not as much.</returns>
    public static StoredObject? Withdraw(PayPalSession session, string currency, Money? amount)
    {
        var balance = session.BalanceOf(currency);
        var taken = amount ?? new Money(currency, balance);
        return taken.Units <= 0 || taken.Units > balance ? null : Add(session, new Transaction(amount is null ? "T0401" : "T0400", -taken));
    }

    /// <summary>The bank sends a withdrawal back.</summary>
    /// <returns><see langword="null"/> when there is no such withdrawal.</returns>
    public static StoredObject? Return(PayPalSession session, string id)
    {
        if (session.Unit.Find(PayPalTypes.Transaction, KeyOf(id)) is not { } found || found.Body.Text("transaction_event_code") is not ("T0400" or "T0401")
            || found.Body.Text("transaction_status") != "S")
        {
            return null;
        }

        var row = session.Unit.Edit(found.Id);
        row.Body["transaction_status"] = "V";
        row.Body["transaction_updated_date"] = TransactionSearch.Time(session.Unit.Now);
        var gone = new Money(row.Body["transaction_amount"]!["currency_code"]!.GetValue<string>(), -row.Hidden.Number(Net));
        return Add(session, new Transaction("T1101", gone) { Reference = id });
    }

    /// <summary>Has the search list a row late, or twice.</summary>
    public static StoredObject? Show(PayPalSession session, string id, JsonObject asked)
    {
        if (session.Unit.Find(PayPalTypes.Transaction, KeyOf(id)) is not { } found)
        {
            return null;
        }

        var row = session.Unit.Edit(found.Id);
        row.Hidden[IsLate] = asked.Flag(IsLate);
        row.Hidden[IsTwice] = asked.Flag(IsTwice);
        return row;
    }

    private static string KeyOf(string id) => $"transaction:{id}";
}
