using System.Text.Json.Nodes;

namespace Florin.Sandbox.Stripe;

/// <summary><c>/v1/balance</c> and <c>/v1/balance_transactions</c>.</summary>
internal static class BalanceTransactions
{
    public const string Type = "balance_transaction";

    /// <summary>Kind of the due work that makes pending money available.</summary>
    public const string BecomesAvailable = "balance_transaction.available";

    /// <summary>The totals of one currency, kept beside the transactions so that reading them costs nothing.</summary>
    private const string TotalsType = "_balance";

    /// <summary>Charges become available two days later.</summary>
    public static readonly TimeSpan Settlement = TimeSpan.FromDays(2);

    public static IEnumerable<StripeRoute> Routes =>
    [
        new("GET", "/v1/balance", "balance.get", ["expand"], Balance),
        new("GET", "/v1/balance_transactions", "balance_transactions.list", [.. StripeList.TimedParameters, "source", "type", "currency", "payout"], List),
        new("GET", "/v1/balance_transactions/{id}", "balance_transactions.get", ["expand"], call => call.Show(Type, "balance transaction", "id")),
    ];

    /// <param name="amount">Signed gross: money in is positive.</param>
    /// <param name="fee">What Stripe keeps of it, never negative.</param>
    /// <param name="availableAt"><see langword="null"/>: at once.</param>
    public static string Add(
        StripeSession session, string type, string category, long amount, long fee, string currency, string source, DateTimeOffset? availableAt)
    {
        var id = session.Ids.Next("txn");
        var pending = availableAt is not null;
        session.Unit.Add(Type, id, new JsonObject
        {
            ["id"] = id,
            ["object"] = Type,
            ["amount"] = amount,
            ["available_on"] = (availableAt ?? session.Unit.Now).ToUnixTimeSeconds(),
            ["created"] = session.UnixNow,
            ["currency"] = currency,
            ["description"] = null,
            ["exchange_rate"] = null,
            ["fee"] = fee,
            ["fee_details"] = fee == 0 ? new JsonArray() : new JsonArray(new JsonObject
            {
                ["amount"] = fee,
                ["application"] = null,
                ["currency"] = currency,
                ["description"] = "Stripe processing fees",
                ["type"] = "stripe_fee",
            }),
            ["net"] = amount - fee,
            ["reporting_category"] = category,
            ["source"] = source,
            ["status"] = pending ? "pending" : "available",
            ["type"] = type,
        });

        var totals = Totals(session, currency);
        var bucket = pending ? "pending" : "available";
        totals[bucket] = totals.Number(bucket) + amount - fee;
        if (availableAt is { } at)
        {
            session.Unit.Schedule(BecomesAvailable, id, at);
        }

        return id;
    }

    public static void MakeAvailable(StripeSession session, string id)
    {
        var transaction = session.Unit.Edit(id).Body;
        transaction["status"] = "available";
        var totals = Totals(session, transaction.Text("currency")!);
        totals["pending"] = totals.Number("pending") - transaction.Number("net");
        totals["available"] = totals.Number("available") + transaction.Number("net");
    }

    /// <summary>Changes the gross amount of a transaction that is still pending; the fee stays.</summary>
    public static JsonObject ChangeAmount(StripeSession session, string id, long amount)
    {
        var transaction = session.Unit.Edit(id).Body;
        var totals = Totals(session, transaction.Text("currency")!);
        totals["pending"] = totals.Number("pending") - transaction.Number("amount") + amount;
        transaction["amount"] = amount;
        transaction["net"] = amount - transaction.Number("fee");
        return transaction;
    }

    /// <summary>What can be paid out now, the opening balance included.</summary>
    public static long Available(StripeSession session, string currency) =>
        (session.Unit.Find(IdOf(currency))?.Body.Number("available") ?? 0) + session.Options.OpeningBalance;

    /// <summary>2.9 % and 30 for cards, 0.8 % and at most 500 for bank debits, rounded half up; never more than the amount.</summary>
    public static long FeeOf(long amount, bool isCard) =>
        Math.Min(amount, isCard ? (((amount * 29) + 500) / 1000) + 30 : Math.Min(((amount * 8) + 500) / 1000, 500));

    private static StripeAnswer List(StripeCall call)
    {
        var read = call.Read();
        var source = read.Text("source");
        var type = read.Text("type");
        var currency = read.Text("currency");
        var payout = read.Text("payout");
        if (payout is not null && !AutomaticPayouts.IsItemised(call.Unit, payout))
        {
            read.Refuse("Balance transaction history can only be filtered on automatic transfers, not manual.", null, "payout");
        }

        return read.Problem ?? StripeList.Answer(call, Type, stored =>
            (source is null || stored.Body.Text("source") == source)
            && (type is null || stored.Body.Text("type") == type)
            && (currency is null || stored.Body.Text("currency") == currency)
            && (payout is null || AutomaticPayouts.Lists(call.Unit, payout, stored)));
    }

    private static StripeAnswer Balance(StripeCall call)
    {
        SortedSet<string> currencies = ["usd"];
        foreach (var stored in call.Unit.NewestFirst(TotalsType))
        {
            currencies.Add(stored.Body.Text("currency")!);
        }

        return StripeAnswer.Ok(new JsonObject
        {
            ["object"] = "balance",
            ["available"] = Amounts(currencies, currency => Available(call.Session, currency)),
            ["livemode"] = false,
            ["pending"] = Amounts(currencies, currency => call.Unit.Find(IdOf(currency))?.Body.Number("pending") ?? 0),
        });
    }

    private static JsonArray Amounts(IEnumerable<string> currencies, Func<string, long> amountOf) =>
        new([.. currencies.Select(currency => new JsonObject
        {
            ["amount"] = amountOf(currency),
            ["currency"] = currency,
            ["source_types"] = new JsonObject { ["card"] = amountOf(currency) },
        })]);

    private static JsonObject Totals(StripeSession session, string currency) =>
        session.Unit.Find(IdOf(currency)) is null
            ? session.Unit.Add(TotalsType, IdOf(currency), new JsonObject { ["currency"] = currency, ["available"] = 0L, ["pending"] = 0L }).Body
            : session.Unit.Edit(IdOf(currency)).Body;

    private static string IdOf(string currency) => $"balance:{currency}";
}
