using System.Text.Json;
using Florin.Tests.Faults;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Server.Grpc;

/// <summary>Payments over gRPC with two servers on one database: it does not matter which of them is called.</summary>
public sealed class GrpcPairTests
{
    private const int Ok = 0;
    private const int InvalidArgument = 3;

    [Theory]
    [InlineData(GrpcClient.Node)]
    [InlineData(GrpcClient.Python)]
    public async Task A_call_through_a_server_that_does_not_lead_is_the_same_payment_on_both(string library)
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        ServerProcess leader = await pair.LeaderAsync();
        ServerProcess follower = pair.Other(leader);
        (string id, _, string token) = await follower.CreateUserAsync("Shop", "business");
        GrpcClient throughFollower = await GrpcClient.CreateAsync(library, follower);
        GrpcClient throughLeader = await GrpcClient.CreateAsync(library, leader);

        object request = new { idempotency_key = "pair-1", amount_cents = "10000", currency = "USD", payment_source = "pm_card_visa" };
        GrpcTestAnswer charged = await throughFollower.CallAsync("Charge", request, token);
        Assert.Equal((Ok, false), (charged.Code, charged.IsReplayed));

        // A machine that is slow to connect leaves it in the queue for a moment.
        await Eventually.GetAsync(
            () => throughFollower.CallAsync("GetStatus", new { transaction_id = charged.Id }, token), status => status.State == "TX_STATE_CAPTURED", "the captured payment");
        GrpcTestAnswer again = await throughLeader.CallAsync("Charge", request, token);
        Assert.Equal((Ok, charged.Id, true), (again.Code, again.Id, again.IsReplayed));
        object other = new { idempotency_key = "pair-1", amount_cents = "10001", currency = "USD", payment_source = "pm_card_visa" };
        foreach (GrpcClient client in (GrpcClient[])[throughFollower, throughLeader])
        {
            GrpcTestAnswer status = await client.CallAsync("GetStatus", new { transaction_id = charged.Id }, token);
            Assert.Equal((Ok, "TX_STATE_CAPTURED"), (status.Code, status.State));
            GrpcTestAnswer differs = await client.CallAsync("Charge", other, token);
            Assert.Equal((InvalidArgument, "IDEMPOTENCY_KEY_MISMATCH"), (differs.Code, differs.Reason));
        }

        // At once on both, with one key.
        object once = new { idempotency_key = "pair-2", amount_cents = "500", currency = "USD", payment_source = "pm_card_visa" };
        GrpcTestAnswer[] both = await Task.WhenAll(throughFollower.CallAsync("Charge", once, token), throughLeader.CallAsync("Charge", once, token));
        GrpcTestAnswer settled = await throughFollower.CallAsync("Charge", once, token);
        Assert.Contains(both, answer => answer.Code == Ok);
        Assert.All(both.Where(answer => answer.Code == Ok), answer => Assert.Equal(settled.Id, answer.Id));

        await Eventually.GetAsync(
            () => throughLeader.CallAsync("GetStatus", new { transaction_id = settled.Id }, token), status => status.State == "TX_STATE_CAPTURED", "the second one");
        IReadOnlyList<JsonElement> intents = await pair.Sandbox.ObjectsAsync("payment_intent");
        Assert.Equal([500L, 10_000L], intents.Select(intent => intent.GetProperty("amount").GetInt64()).Order());
        Assert.Equal(10_500m - 320 - 44, await pair.QueryAsync<decimal>(
            $"select sum(credits_posted - debits_posted) from ledger.balances where address = 'merchant:{id}:available' and asset = 'USD'"));
    }
}
