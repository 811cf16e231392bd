using System.Text.Json;
using Florin.Flows;
using Florin.Providers;
using Florin.Wallets;
using Xunit;

namespace Florin.Tests.Wallets;

/// <summary>Stored Stripe events, worked off by the real inbox worker, reach the flows they speak of and nothing else.</summary>
public sealed class StripeEventTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Fault("W-01")]
    [Fault("W-06")]
    public async Task Two_event_families_and_repeats_of_each_are_one_credit()
    {
        await using WalletBench bench = await WalletBench.StartAsync();
        (WalletCaller alice, Guid deposit) = await PendingDepositAsync(bench);
        bench.Provider.SetPayments(ProviderPaymentStatus.Succeeded);
        string payment = bench.Provider.Payments.Keys.Single();
        string intent = Body(false, new { @object = "payment_intent", id = payment, metadata = new { florin_reference = deposit } });
        string charge = Body(false, new { @object = "charge", id = "ch_1", payment_intent = payment });
        bool[] stored = await Task.WhenAll(Enumerable.Range(0, 10).SelectMany(_ => new[]
        {
            StoreAsync(bench, "evt_intent", "payment_intent.succeeded", payment, intent), StoreAsync(bench, "evt_charge", "charge.succeeded", "ch_1", charge),
        }));
        Assert.Equal(2, stored.Count(isNew => isNew));
        bench.Worker.Wake();

        await DoneAsync(bench, "evt_intent", "done");
        await DoneAsync(bench, "evt_charge", "done");
        await bench.UntilAsync(deposit, flow => flow.State == "succeeded");
        await bench.Inbox.ReplayAsync("stripe", "evt_intent", Cancellation);
        bench.Worker.Wake();
        await DoneAsync(bench, "evt_intent", "done");
        Assert.Equal(50_00, await bench.PostedAsync(ChartOfAccounts.UserAvailableAddress(alice.UserId)));
    }

    [Theory]
    [InlineData("treasury.something_new", "pi", false, "W-10: a type that nobody knows")]
    [InlineData("payment_intent.succeeded", "pi", true, "W-12: the live environment")]
    [InlineData("payment_intent.succeeded", "other", false, "W-12: an object that is not ours")]
    [Fault("W-10")]
    [Fault("W-12")]
    public async Task What_is_not_for_us_is_kept_and_changes_nothing(string type, string about, bool isLive, string why)
    {
        await using WalletBench bench = await WalletBench.StartAsync();
        (_, Guid deposit) = await PendingDepositAsync(bench);
        bench.Provider.SetPayments(ProviderPaymentStatus.Succeeded);
        string reference = about == "pi" ? deposit.ToString() : "99999999-9999-4999-8999-999999999999";
        string objectId = about == "pi" ? bench.Provider.Payments.Keys.Single() : "pi_other";
        string body = Body(isLive, new { @object = "payment_intent", id = objectId, new_field = 1, metadata = new { florin_reference = reference } });
        await StoreAsync(bench, "evt_1", type, objectId, body);
        bench.Worker.Wake();

        InboundEvent ignored = await DoneAsync(bench, "evt_1", "ignored");
        Assert.NotNull(ignored.Note);
        Assert.True((await bench.Flows.GetAsync(new FlowId(deposit), Cancellation))!.State == "pending", why);
        Assert.Equal(0, await bench.Database.QueryAsync<long>("select count(*) from flows.signal"));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"livemode":false,"data":{"object":5}}""")]
    public async Task A_body_that_cannot_be_read_is_parked_for_a_person(string body)
    {
        await using WalletBench bench = await WalletBench.StartAsync();
        await StoreAsync(bench, "evt_1", "payment_intent.succeeded", "pi_1", body);
        bench.Worker.Wake();
        await DoneAsync(bench, "evt_1", "parked");
    }

    private static async Task<(WalletCaller Caller, Guid Deposit)> PendingDepositAsync(WalletBench bench)
    {
        (WalletCaller alice, Guid card) = await bench.NewUserAsync();
        bench.Provider.PaymentStatus = ProviderPaymentStatus.Processing;
        MovementOutcome<Deposit> outcome = await bench.Wallets.StartDepositAsync(alice, "d1", WalletBench.Usd(50_00), card, Cancellation);
        return (alice, Assert.IsType<MovementOutcome<Deposit>.Started>(outcome).Movement.Id);
    }

    private static string Body(bool isLive, object subject) => JsonSerializer.Serialize(new { livemode = isLive, data = new { @object = subject } });

    private static Task<bool> StoreAsync(WalletBench bench, string id, string type, string objectId, string body) => bench.Inbox.StoreAsync(
        new InboundEvent("stripe", id, type, objectId, body, "webhook", TimeProvider.System.GetUtcNow()), Cancellation).AsTask();

    /// <summary>Waits until an event was worked off, and says as what.</summary>
    private static async Task<InboundEvent> DoneAsync(WalletBench bench, string id, string status)
    {
        while (true)
        {
            Cancellation.ThrowIfCancellationRequested();
            foreach (InboundEvent item in await bench.Inbox.ListAsync(null, 100, Cancellation))
            {
                if (item.EventId == id && item.Status != "pending")
                {
                    Assert.Equal(status, item.Status);
                    return item;
                }
            }

            await Task.Yield();
        }
    }
}
