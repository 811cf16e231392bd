namespace Florin.Tests.Payments.Sequences;

/// <summary>The books by themselves: V1, V2's links, V3 and V4.</summary>
internal static class BookJudge
{
    private const int DebitsMustNotExceedCredits = 1;
    private const int CreditsMustNotExceedDebits = 2;
    private const short Reversal = 5;

    public static void Judge(BookRecord books, ProviderRecord provider, Findings findings)
    {
        JudgeTransactions(books, findings);
        JudgeFloors(books, findings);
        JudgeCover(books, provider, findings);
    }

    private static void JudgeTransactions(BookRecord books, Findings findings)
    {
        Dictionary<long, string> assets = books.Accounts.ToDictionary(account => account.Number, account => account.Asset);
        HashSet<string> posted = [.. books.Effects.Select(effect => effect.Transaction)];
        foreach (IGrouping<string, BookEffect> transaction in books.Effects.GroupBy(effect => effect.Transaction))
        {
            Dictionary<string, decimal> sums = [];
            foreach (BookEffect effect in transaction)
            {
                string debit = assets[effect.Debit];
                string credit = assets[effect.Credit];
                sums[debit] = sums.GetValueOrDefault(debit) + effect.Posted;
                sums[credit] = sums.GetValueOrDefault(credit) - effect.Posted;
                findings.Demand(effect.Posted >= 0, "V1", 0, $"row {effect.Sequence} moves {effect.Posted}");
                findings.Demand(
                    effect.Kind != Reversal || posted.Contains(effect.Related), "V2", 0, $"reversal {effect.Transaction} is linked to nothing");
            }

            foreach ((string asset, decimal sum) in sums)
            {
                findings.Demand(sum == 0, "V1", 0, $"transaction {transaction.Key}: debits less credits in {asset} are {sum}");
            }
        }
    }

    /// <summary>Adds up row by row; a transaction is an instant, so the floor is looked at after its last row.</summary>
    private static void JudgeFloors(BookRecord books, Findings findings)
    {
        Dictionary<long, BookAccount> accounts = books.Accounts.ToDictionary(account => account.Number);
        Dictionary<long, (decimal Debits, decimal Held, decimal Credits, decimal Promised)> totals = [];
        foreach (IEnumerable<BookEffect> transaction in Transactions(books.Effects))
        {
            HashSet<long> touched = [];
            foreach (BookEffect effect in transaction)
            {
                (decimal debits, decimal held, decimal credits, decimal promised) = totals.GetValueOrDefault(effect.Debit);
                totals[effect.Debit] = (debits + effect.Posted, held + effect.Pending, credits, promised);
                (debits, held, credits, promised) = totals.GetValueOrDefault(effect.Credit);
                totals[effect.Credit] = (debits, held, credits + effect.Posted, promised + effect.Pending);
                touched.Add(effect.Debit);
                touched.Add(effect.Credit);
            }

            foreach (long number in touched)
            {
                BookAccount account = accounts[number];
                (decimal debits, decimal held, decimal credits, decimal promised) = totals[number];
                findings.Demand(
                    (account.Flags & DebitsMustNotExceedCredits) == 0 || debits + held <= credits,
                    "V3", 0, $"{account.Address} {account.Asset} at row {transaction.Last().Sequence}: {debits} + {held} held against {credits}");
                findings.Demand(
                    (account.Flags & CreditsMustNotExceedDebits) == 0 || credits + promised <= debits,
                    "V3", 0, $"{account.Address} {account.Asset} at row {transaction.Last().Sequence}: {credits} + {promised} held against {debits}");
                findings.Demand(held >= 0 && promised >= 0, "V3", 0, $"{account.Address} {account.Asset} releases more than it held");
            }
        }
    }

    private static IEnumerable<IReadOnlyList<BookEffect>> Transactions(IReadOnlyList<BookEffect> effects)
    {
        List<BookEffect> open = [];
        foreach (BookEffect effect in effects)
        {
            if (open.Count > 0 && open[0].Transaction != effect.Transaction)
            {
                yield return open;
                open = [];
            }

            open.Add(effect);
        }

        if (open.Count > 0)
        {
            yield return open;
        }
    }

    /// <summary>
    /// What is owed to merchants, and what nobody has claimed yet, against what the providers hold by their own records. Open items: what they withhold for
    /// disputes, what merchants owe, what is claimed, and what was taken for disputes, which is the house's expense.
    /// </summary>
    private static void JudgeCover(BookRecord books, ProviderRecord provider, Findings findings)
    {
        ILookup<string, KeyValuePair<BookAccount, decimal>> byAsset = books.Balances().ToLookup(entry => entry.Key.Asset);
        Dictionary<string, ProviderCharge> charges = provider.Charges.ToDictionary(charge => charge.Id);
        foreach (IGrouping<string, KeyValuePair<BookAccount, decimal>> asset in byAsset)
        {
            decimal Sum(Func<string, bool> isMeant) => asset.Where(entry => isMeant(entry.Key.Address)).Sum(entry => entry.Value);
            decimal owed = -Sum(address => IsMerchants(address, "available") || StartsWith(address, "reserve:") || StartsWith(address, "suspense:"));
            decimal debts = Sum(address => IsMerchants(address, "receivable"));
            decimal claims = Sum(address => StartsWith(address, "claim:"));
            decimal expenses = Sum(address => address == "expense:psp_fees");
            decimal covered = 0;
            foreach (string name in (string[])[ProviderRecord.Stripe, ProviderRecord.PayPal])
            {
                decimal clearing = Sum(address => address == $"psp:{name}:clearing");
                decimal withheld = Sum(address => address == $"dispute:{name}:held");
                bool IsMeant(ProviderCharge charge) => charge.Provider == name && charge.Currency == asset.Key;
                decimal captured = provider.Charges.Where(IsMeant).Sum(charge => charge.Captured);
                decimal given = provider.Refunds.Where(refund => refund.Status == "succeeded" && IsMeant(charges[refund.ChargeId])).Sum(refund => refund.Amount);
                ProviderDispute[] disputes = [.. provider.Disputes.Where(dispute => IsMeant(charges[dispute.ChargeId]))];
                decimal holds = captured - given - disputes.Sum(dispute => dispute.Withheld + dispute.Fees);
                decimal open = disputes.Where(dispute => dispute.State != "lost").Sum(dispute => dispute.Withheld);
                findings.Demand(clearing == holds, "V4", 0, $"{asset.Key}: {name} holds {holds}, the books say {clearing}");
                findings.Demand(withheld == open, "V4", 0, $"{asset.Key}: {name} withholds {open} for disputes, the books say {withheld}");
                covered += holds + open;
            }

            findings.Demand(
                owed <= covered + debts + claims + expenses,
                "V4", 0, $"{asset.Key}: {owed} is owed; {covered} held or withheld by the providers, {debts} owed by merchants, {claims} claimed, {expenses} spent");
            findings.Demand(
                asset.Where(entry => !StartsWith(entry.Key.Address, "memo:") && !StartsWith(entry.Key.Address, "payment:")).Sum(entry => entry.Value) == 0,
                "V1", 0, $"{asset.Key}: debits and credits differ");
        }
    }

    private static bool IsMerchants(string address, string end) =>
        StartsWith(address, "merchant:") && address.EndsWith($":{end}", StringComparison.Ordinal);

    private static bool StartsWith(string address, string start) => address.StartsWith(start, StringComparison.Ordinal);
}
