using System.Globalization;
using System.Text.Json;
using Florin.Tests.Faults;

namespace Florin.Tests.Payments.Sequences;

/// <summary>
/// The end of a run: the providers pay to the bank what they hold, in rounds that are drawn from the seed. PayPal lists some rows late or twice, a part of its
/// balance is withdrawn, and banks send some transfers back; the last round pays all. Then the books are held against the providers' records once more.
/// </summary>
internal sealed class SettlementAct(SequenceWorld world, int seed, Findings findings)
{
    private const int Rounds = 3;
    private const string ComesBack = "ba_000999999991";
    private const string Arrives = "ba_000123456789";

    /// <summary>Longer than charges take to become available at Stripe, transfers to arrive or to come back, and PayPal to list what happened.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromDays(4);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    public async Task PlayAsync()
    {
        // The order of what is drawn must not follow from ids, which no seed decides.
        Random random = new(seed);
        ProviderRecord before = await ProviderRecord.ReadAsync(world.Sandbox);
        string[] stripe = Currencies(before, ProviderRecord.Stripe);
        string[] paypal = Currencies(before, ProviderRecord.PayPal);
        HashSet<string> late = await ListAsync();
        for (int round = 1; round <= Rounds; round++)
        {
            bool isLast = round == Rounds;
            if (round == 2)
            {
                foreach (string row in late)
                {
                    await world.Sandbox.ListPayPalAsync(row, isTwice: true);
                }
            }

            foreach (string currency in stripe)
            {
                string destination = !isLast && random.Next(100) < 25 ? ComesBack : Arrives;
                await world.Sandbox.TrySettleAsync(currency.ToLowerInvariant(), destination);
            }

            List<string> returned = [];
            foreach (string currency in paypal)
            {
                int percent = 20 + random.Next(80);
                bool isReturned = random.Next(100) < 25;
                if (await WithdrawAsync(currency, isLast ? null : percent) is { } withdrawal && isReturned && !isLast)
                {
                    returned.Add(withdrawal);
                }
            }

            await ArriveAsync($"round {round}");
            foreach (string withdrawal in returned)
            {
                await world.Sandbox.ReturnPayPalAsync(withdrawal);
            }

            await ArriveAsync($"what came back of round {round}");
        }

        SettlementBooks books = await SettlementBooks.ReadAsync(world);
        ProviderRecord provider = await ProviderRecord.ReadAsync(world.Sandbox);
        books.Judge(provider, stripe, paypal, findings);
        FlowRecord flows = await FlowRecord.ReadAsync(world);
        foreach (FlowRow flow in flows.Of(FlowRecord.Settlement).Where(flow => flow.IsParked))
        {
            findings.Demand(false, "V5", 0, $"{flow}");
        }

        // Nothing is left at PayPal, so everything that it took and kept is at the bank.
        foreach (ProviderCharge charge in provider.Charges.Where(charge => charge is { Provider: ProviderRecord.PayPal, Captured: > 0, Reference: not null }))
        {
            if (flows.Flows.TryGetValue(charge.Reference!, out FlowRow? flow) && !flow.IsParked && flow.State is "captured" or "settled" or "partially_refunded" or "refunded")
            {
                findings.Demand(
                    books.IsOwing(charge.Currency) || flow!.Units("settled") == charge.Captured,
                    "V5", flows.SeedOf(flow!), $"{flow}: {charge.Captured} is at the bank, settled is {flow!.Units("settled")}");
            }
        }
    }

    private static string[] Currencies(ProviderRecord record, string provider) =>
        [.. record.Charges.Where(charge => charge.Provider == provider).Select(charge => charge.Currency).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Some captures are listed late, some twice; which ones follows from the seed of their sequence.</summary>
    private async Task<HashSet<string>> ListAsync()
    {
        FlowRecord flows = await FlowRecord.ReadAsync(world);
        HashSet<string> late = [];
        foreach (JsonElement row in await world.Sandbox.PayPalObjectsAsync("transaction"))
        {
            if (SettlementBooks.Text(row, "custom_field") is not { } reference || !flows.Flows.TryGetValue(reference, out FlowRow? flow))
            {
                continue;
            }

            int drawn = new Random(flows.SeedOf(flow)).Next(100);
            string id = SettlementBooks.Text(row, "transaction_id")!;
            if (drawn < 20)
            {
                await world.Sandbox.ListPayPalAsync(id, isLate: drawn < 10, isTwice: drawn >= 10);
                if (drawn < 10)
                {
                    late.Add(id);
                }
            }
        }

        return late;
    }

    /// <param name="percent">Of what came in since the beginning; null takes all.</param>
    private async Task<string?> WithdrawAsync(string currency, int? percent)
    {
        string? amount = null;
        if (percent is { } part)
        {
            // What was there before leaves first.
            (decimal balance, decimal opening) = await SettlementBooks.PayPalBalanceAsync(world, currency);
            decimal taken = decimal.Truncate(Math.Min(balance, opening + (Math.Max(0, balance - opening) * part / 100)));
            if (taken <= 0)
            {
                return null;
            }

            amount = taken.ToString(CultureInfo.InvariantCulture);
        }

        JsonElement? row = await world.Sandbox.PayPalWithdrawAsync(amount, currency);
        return row is { } made ? SettlementBooks.Text(made, "transaction_id") : null;
    }

    /// <summary>Lets transfers arrive, or come back, and the books have them.</summary>
    private async Task ArriveAsync(string what)
    {
        await world.Sandbox.AdvanceAsync(Pause);
        await Eventually.GetAsync(
            () => SettlementBooks.ReadAsync(world), books => books.IsComplete, $"the bank has what {what} brought", Patience);
        await Rest.WhenReachedAsync(world, findings);
    }
}
