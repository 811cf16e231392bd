using System.Globalization;
using System.Text.Json;

namespace Florin.Tests.Payments.Sequences;

/// <summary>What left the providers for the bank by their own records, and what the books say of it. Amounts in ISO 4217's smallest units.</summary>
/// <param name="Paid">By provider and currency: what reached the bank and stayed there.</param>
/// <param name="Fees">By provider and currency: what the provider kept of the lines that have left.</param>
/// <param name="Held">By currency: what is left in PayPal's balance, what was there before and has not left taken off, with the fees of what has not left.</param>
/// <param name="Balances">By address and asset: debits less credits.</param>
/// <param name="Bank">By asset: what the bank's accounts have by the books.</param>
internal sealed record SettlementBooks(
    IReadOnlyDictionary<(string Provider, string Currency), decimal> Paid,
    IReadOnlyDictionary<(string Provider, string Currency), decimal> Fees,
    IReadOnlyDictionary<string, decimal> Held,
    IReadOnlyDictionary<(string Address, string Asset), decimal> Balances,
    IReadOnlyDictionary<string, decimal> Bank)
{
    private const decimal OpeningUnits = 100_000_000_000;

    /// <summary>Currencies whose smallest unit at PayPal is the whole, and not in ISO 4217.</summary>
    private static readonly string[] Whole = ["HUF", "TWD"];

    private static readonly string[] Withdrawals = ["T0400", "T0401"];

    /// <summary>Whether the bank has by the books what the providers' records say that it got.</summary>
    public bool IsComplete => Paid.Keys.Select(key => key.Currency).Concat(Bank.Keys).Distinct()
        .All(currency => Paid.Where(entry => entry.Key.Currency == currency).Sum(entry => entry.Value) == Bank.GetValueOrDefault(currency));

    public override string ToString() => string.Join(", ", Paid.Select(entry => $"{entry.Key}: {entry.Value}").Concat(Bank.Select(entry => $"bank {entry.Key}: {entry.Value}")));

    /// <summary>Whether PayPal's balance of a currency is below zero: then not everything has left it.</summary>
    public bool IsOwing(string currency) => Held.GetValueOrDefault(currency) < 0;

    public static async Task<SettlementBooks> ReadAsync(SequenceWorld world)
    {
        HashSet<string> lines = [.. await world.RowsAsync("select provider || ' ' || line_id from payments.settlement_line", row => row.GetString(0))];
        Dictionary<(string, string), decimal> paid = [];
        Dictionary<(string, string), decimal> fees = [];
        Dictionary<string, decimal> held = [];
        foreach (JsonElement row in await world.Sandbox.PayPalObjectsAsync("transaction"))
        {
            JsonElement amount = row.GetProperty("transaction_amount");
            string currency = Text(amount, "currency_code")!;
            decimal gross = Units(amount);
            decimal fee = row.TryGetProperty("fee_amount", out JsonElement kept) ? -Units(kept) : 0;
            bool hasLeft = lines.Contains($"{ProviderRecord.PayPal} {Text(row, "transaction_id")}");
            if (Withdrawals.Contains(Text(row, "transaction_event_code")) || Text(row, "transaction_event_code") == "T1101")
            {
                Add(paid, (ProviderRecord.PayPal, currency), -gross);
            }

            Add(fees, (ProviderRecord.PayPal, currency), hasLeft ? fee : 0);
            held[currency] = held.GetValueOrDefault(currency, lines.Contains($"{ProviderRecord.PayPal} opening:{currency}") ? OpeningOf(currency) : 0)
                + gross - (hasLeft ? fee : 0);
        }

        foreach (JsonElement payout in await world.Sandbox.ObjectsAsync("payout"))
        {
            bool isPaid = payout.GetProperty("automatic").GetBoolean() && Text(payout, "status") == "paid";
            Add(paid, (ProviderRecord.Stripe, Text(payout, "currency")!.ToUpperInvariant()), isPaid ? payout.GetProperty("amount").GetInt64() : 0);
        }

        foreach (JsonElement line in await world.Sandbox.ObjectsAsync("balance_transaction"))
        {
            bool isCounted = lines.Contains($"{ProviderRecord.Stripe} {Text(line, "id")}") && Text(line, "reporting_category") is "charge" or "refund" or "refund_failure";
            Add(fees, (ProviderRecord.Stripe, Text(line, "currency")!.ToUpperInvariant()), isCounted ? line.GetProperty("fee").GetInt64() : 0);
        }

        IReadOnlyList<(string Address, string Asset, decimal Amount)> balances = await world.RowsAsync(
            "select address, asset, debits_posted - credits_posted from ledger.balances where address like 'bank:%' or address like 'psp:%'",
            row => (row.GetString(0), row.GetString(1), row.GetDecimal(2)));
        return new SettlementBooks(
            paid,
            fees,
            held,
            balances.ToDictionary(balance => (balance.Address, balance.Asset), balance => balance.Amount),
            balances.Where(balance => balance.Address.StartsWith("bank:", StringComparison.Ordinal)).GroupBy(balance => balance.Asset)
                .ToDictionary(group => group.Key, group => group.Sum(balance => balance.Amount)));
    }

    /// <summary>V4 once more: what the books say that a provider holds is what it captured and has not given back, nor paid to the bank, nor kept.</summary>
    public void Judge(ProviderRecord provider, string[] stripe, string[] paypal, Findings findings)
    {
        Dictionary<string, ProviderCharge> charges = provider.Charges.ToDictionary(charge => charge.Id);
        foreach ((string name, string currency) in stripe.Select(currency => (ProviderRecord.Stripe, currency)).Concat(paypal.Select(currency => (ProviderRecord.PayPal, currency))))
        {
            bool IsMeant(string charge) => charges[charge] is { } of && of.Provider == name && of.Currency == currency;
            decimal holds = provider.Charges.Where(charge => IsMeant(charge.Id)).Sum(charge => charge.Captured)
                - provider.Refunds.Where(refund => refund.Status == "succeeded" && IsMeant(refund.ChargeId)).Sum(refund => refund.Amount)
                - provider.Disputes.Where(dispute => IsMeant(dispute.ChargeId)).Sum(dispute => dispute.Withheld + dispute.Fees);
            decimal opening = name == ProviderRecord.PayPal && Paid.GetValueOrDefault((name, currency)) > 0 ? OpeningOf(currency) : 0;
            decimal left = holds + opening - Paid.GetValueOrDefault((name, currency)) - Fees.GetValueOrDefault((name, currency));
            decimal booked = Balances.GetValueOrDefault(($"psp:{name}:clearing", currency));
            findings.Demand(booked == left, "V4", 0, $"{currency}: {name} has {left} left after it paid {Paid.GetValueOrDefault((name, currency))}, the books say {booked}");
            findings.Demand(
                name != ProviderRecord.PayPal || Held.GetValueOrDefault(currency) == booked,
                "V4", 0, $"{currency}: {Held.GetValueOrDefault(currency)} is in PayPal's balance, the books say {booked}");
        }
    }

    /// <summary>In major units: what is in PayPal's balance, and how much of it was there before anything happened, unless that was withdrawn.</summary>
    public static async Task<(decimal Balance, decimal Opening)> PayPalBalanceAsync(SequenceWorld world, string currency)
    {
        decimal opening = OpeningOf(currency) / Scale(currency);
        decimal moved = (await world.Sandbox.PayPalObjectsAsync("transaction"))
            .Where(row => Text(row.GetProperty("transaction_amount"), "currency_code") == currency)
            .Sum(row => Units(row.GetProperty("transaction_amount")) + (row.TryGetProperty("fee_amount", out JsonElement kept) ? Units(kept) : 0));
        decimal balance = opening + (moved / Scale(currency));
        return (balance, balance < opening / 2 ? 0 : opening);
    }

    public static string? Text(JsonElement part, string name) => part.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static void Add(Dictionary<(string, string), decimal> sums, (string, string) key, decimal amount) => sums[key] = sums.GetValueOrDefault(key) + amount;

    private static decimal OpeningOf(string currency) => OpeningUnits * (Whole.Contains(currency) ? 100 : 1);

    private static decimal Scale(string currency) => currency == "JPY" ? 1 : 100;

    private static decimal Units(JsonElement amount) => decimal.Parse(Text(amount, "value")!, CultureInfo.InvariantCulture) * Scale(Text(amount, "currency_code")!);
}
