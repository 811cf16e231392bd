using System.Numerics;
using System.Text.Json;
using Florin.Tests.Faults;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Subscriptions;

/// <summary>A business that bills, and the judge of its invoices.</summary>
public sealed class BillingMerchant(BillingWorld world, string id, string email)
{
    private string? _token;
    private DateTimeOffset _tokenAt;

    public string Id => id;

    public static async Task<BillingMerchant> CreateAsync(BillingWorld world)
    {
        await world.Sandbox.ClearFaultsAsync();
        (string id, string email, _) = await world.Server.CreateUserAsync("Shop", "business");
        return new BillingMerchant(world, id, email);
    }

    internal async Task<HttpAnswer> SendAsync(string path, object body, string? key = null)
    {
        using HttpResponseMessage response = await world.Server.SendAsync(HttpMethod.Post, path, body, await TokenAsync(), key ?? world.NewKey());
        return await HttpAnswer.ReadAsync(response);
    }

    internal async Task<HttpAnswer> PutAsync(string path, object body)
    {
        using HttpResponseMessage response = await world.Server.SendAsync(HttpMethod.Put, path, body, await TokenAsync());
        return await HttpAnswer.ReadAsync(response);
    }

    internal async Task<JsonElement> GetAsync(string path) => await world.Server.GetAsync(path, await TokenAsync());

    internal async Task<string> PlanAsync(
        string amount, string interval = "month", int intervalCount = 1, int trialDays = 0, string proration = "on", string currency = "USD")
    {
        HttpAnswer answer = await SendAsync(
            "/plans", new { name = $"{amount} a {interval}", amount, currency, interval, interval_count = intervalCount, trial_days = trialDays, proration });
        Assert.Equal(201, answer.Status);
        return answer.Id;
    }

    internal async Task<string> SubscribeAsync(string plan, string source = "pm_card_visa", string customer = "customer-1")
    {
        HttpAnswer answer = await SendAsync("/subscriptions", new { plan_id = plan, customer, payment_source = source });
        Assert.True(answer.Status == 201, answer.ToString());
        await world.QuietAsync(await world.NowAsync() - TimeSpan.FromSeconds(2));
        return answer.Id;
    }

    internal async Task<HttpAnswer> ChangeAsync(string subscription, string what, object? body = null)
    {
        HttpAnswer answer = await SendAsync($"/subscriptions/{subscription}/{what}", body ?? new { });
        await world.QuietAsync(await world.NowAsync() - TimeSpan.FromSeconds(2));
        return answer;
    }

    internal Task<JsonElement> SubscriptionAsync(string subscription) => GetAsync($"/subscriptions/{subscription}");

    internal async Task<string> StatusAsync(string subscription) => (await SubscriptionAsync(subscription)).GetProperty("status").GetString()!;

    internal async Task<DateTimeOffset> PeriodEndAsync(string subscription) =>
        (await SubscriptionAsync(subscription)).GetProperty("current_period_end").GetDateTimeOffset();

    /// <summary>All invoices, oldest first, as the API shows them.</summary>
    internal async Task<JsonElement[]> InvoicesAsync() => [.. (await GetAsync("/invoices?limit=200")).GetProperty("data").EnumerateArray().Reverse()];

    /// <summary>The provider's charges for an invoice: how many were tried, and the amounts of those that took money.</summary>
    internal async Task<(int Tried, long[] Taken)> ChargesAsync(string invoice)
    {
        string[][] payments = await world.RowsAsync(
            $"select id from flows.flow where kind = 'payment' and owner_id = '{id}' and data->>'obligation' = 'invoice:{invoice}'");
        HashSet<string> ours = [.. payments.Select(row => row[0])];
        JsonElement[] intents = [.. (await world.Sandbox.ObjectsAsync("payment_intent")).Where(intent =>
            intent.GetProperty("metadata").TryGetProperty("florin_reference", out JsonElement reference) && ours.Contains(reference.GetString()!))];
        return (intents.Length, [.. intents.Select(intent => intent.GetProperty("amount_received").GetInt64()).Where(amount => amount > 0)]);
    }

    /// <summary>
    /// Holds what is there against what must be: the numbers run from 1 without a gap, the total is what the lines say, an invoice that is paid was taken exactly
    /// once and in full by the provider's record, another one not at all, and the customer's credit is what the lines gave and used.
    /// </summary>
    /// <param name="expected">Total and status of each invoice, in cents, in order.</param>
    internal async Task JudgeAsync(params (long Total, string Status)[] expected)
    {
        string[][] rows = await world.RowsAsync(
            "select i.number, i.total, i.credited, f.state, i.id, "
            + "(select coalesce(sum(case when l.is_credit then -l.amount else l.amount end), 0) from subscriptions.invoice_line l where l.invoice_id = i.id) "
            + $"from subscriptions.invoice i join flows.flow f on f.id = i.id where i.merchant_id = '{id}' order by i.number");
        Assert.Equal(Enumerable.Range(1, rows.Length).Select(number => $"{number}"), rows.Select(row => row[0]));
        Assert.Equal(expected.Select(entry => $"{entry.Total} {entry.Status}"), rows.Select(row => $"{row[1]} {row[3]}"));
        foreach (string[] row in rows)
        {
            Assert.Equal(BigInteger.Parse(row[5]), BigInteger.Parse(row[1]) - BigInteger.Parse(row[2]));
            (_, long[] taken) = await ChargesAsync(row[4]);
            Assert.Equal(row[3] == "paid" && row[1] != "0" ? [long.Parse(row[1])] : [], taken);
        }

        Assert.Equal(
            "0",
            (await world.RowsAsync(
                "select coalesce((select sum(balance) from subscriptions.customer_credit where merchant_id = c.m), 0) "
                + "- coalesce((select sum(credited) from subscriptions.invoice where merchant_id = c.m), 0) "
                + "+ coalesce((select sum(l.amount) from subscriptions.invoice_line l join subscriptions.invoice i on i.id = l.invoice_id "
                + $"where i.merchant_id = c.m and l.kind = 'customer_credit'), 0) from (select '{id}'::uuid as m) c"))[0][0]);
        Assert.Equal(0L, await world.Database.QueryAsync<long>(
            $"select count(*) from flows.flow where owner_id = '{id}' and parked_reason is not null"));
    }

    /// <summary>The naive model: a price's share of what is left, in whole seconds, rounded half to even by integers.</summary>
    internal static long Share(long cents, DateTimeOffset at, DateTimeOffset start, DateTimeOffset end)
    {
        BigInteger left = (long)(end - at).TotalSeconds;
        BigInteger period = (long)(end - start).TotalSeconds;
        BigInteger down = cents * left / period;
        BigInteger doubled = 2 * ((cents * left) - (down * period));
        return (long)(doubled > period || (doubled == period && !down.IsEven) ? down + 1 : down);
    }

    internal async Task<(DateTimeOffset Start, DateTimeOffset End)> PeriodAsync(string subscription)
    {
        JsonElement shown = await SubscriptionAsync(subscription);
        return (shown.GetProperty("current_period_start").GetDateTimeOffset(), shown.GetProperty("current_period_end").GetDateTimeOffset());
    }

    /// <summary>When a subscription last changed, in whole seconds.</summary>
    internal async Task<DateTimeOffset> ChangedAtAsync(string subscription) => new(await world.Database.QueryAsync<DateTime>(
        $"select date_trunc('second', updated_at) from flows.flow where id = '{subscription}'"), TimeSpan.Zero);

    /// <summary>A token of now: those of before the clock moved are over.</summary>
    private async Task<string> TokenAsync()
    {
        DateTimeOffset now = await world.NowAsync();
        if (_token is null || now - _tokenAt > TimeSpan.FromMinutes(5))
        {
            JsonElement login = await world.Server.PostAsync("/auth/login", new { email, password = ServerProcess.UserPassword });
            (_token, _tokenAt) = (login.GetProperty("access_token").GetString(), now);
        }

        return _token!;
    }
}
