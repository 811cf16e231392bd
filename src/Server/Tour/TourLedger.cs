using System.Text.Json;
using Florin.Server.Hosting;

namespace Florin.Server.Tour;

/// <summary>What the ledger says, asked with the administrator's key over the public API.</summary>
internal sealed class TourLedger(TourApi api, DevFile devFile, TourPrinter printer)
{
    private const int EntriesMax = 200;

    private static readonly string[] HousePrefixes = ["psp:", "payout:", "suspense:"];

    private readonly HashSet<ulong> _shown = [];

    /// <summary>Prints the postings of a movement that were not printed before, in the order of the ledger.</summary>
    /// <param name="movementId">The reference that its transactions carry.</param>
    public async Task ShowPostingsAsync(string movementId, IReadOnlyList<TourUser> users, CancellationToken stop)
    {
        List<string> addresses = [.. users.Select(user => user.Account)];
        foreach (string prefix in HousePrefixes)
        {
            TourAnswer accounts = await api.GetAsync($"/ledger/accounts?prefix={prefix}&limit={EntriesMax}", devFile.AdminApiKey, stop);
            addresses.AddRange(accounts.Body.GetProperty("data").EnumerateArray().Select(account => account.GetProperty("address").GetString()!).Distinct());
        }

        SortedDictionary<ulong, JsonElement> postings = [];
        foreach (string address in addresses)
        {
            TourAnswer page = await api.GetAsync(
                $"/ledger/accounts/{address}/{TourPlan.Currency}/entries?limit={EntriesMax}", devFile.AdminApiKey, stop);
            foreach (JsonElement entry in page.Body.GetProperty("data").EnumerateArray())
            {
                bool isOurs = entry.TryGetProperty("reference", out JsonElement reference) && reference.GetString() == movementId;
                ulong sequence = entry.GetProperty("sequence").GetUInt64();
                if (isOurs && _shown.Add(sequence))
                {
                    postings[sequence] = entry;
                }
            }
        }

        foreach (JsonElement posting in postings.Values)
        {
            printer.Posting(posting);
        }
    }

    /// <summary>Prints the trial balance: the house's accounts one by one, all users' wallets as one line, and the totals.</summary>
    /// <returns>Whether both sides of every currency are equal.</returns>
    public async Task<bool> ShowTrialBalanceAsync(CancellationToken stop)
    {
        TourAnswer trial = await api.GetAsync("/ledger/trial-balance", devFile.AdminApiKey, stop);
        printer.Line();
        printer.Line("Trial balance");
        printer.BalanceLine("account", "debit", "credit");
        UInt128 users = 0;
        int userCount = 0;
        foreach (JsonElement line in trial.Body.GetProperty("lines").EnumerateArray())
        {
            string address = line.GetProperty("address").GetString()!;
            string asset = line.GetProperty("asset").GetString()!;
            if (address.StartsWith("user:", StringComparison.Ordinal) && asset == TourPlan.Currency)
            {
                users += TourUser.Cents(line.GetProperty("credit").GetString()!);
                userCount++;
                continue;
            }

            printer.BalanceLine($"{address} {asset}", line.GetProperty("debit").GetString()!, line.GetProperty("credit").GetString()!);
        }

        printer.BalanceLine(
            $"user:*:available {TourPlan.Currency} ({userCount} accounts)", "0.00", Florin.Ledger.MoneyText.Format(users, TourPlan.Scale));
        bool isBalanced = true;
        foreach (JsonElement total in trial.Body.GetProperty("totals").EnumerateArray())
        {
            string debit = total.GetProperty("debit").GetString()!;
            string credit = total.GetProperty("credit").GetString()!;
            printer.BalanceLine($"total {total.GetProperty("asset").GetString()}", debit, credit);
            isBalanced &= debit == credit;
        }

        return isBalanced;
    }
}
