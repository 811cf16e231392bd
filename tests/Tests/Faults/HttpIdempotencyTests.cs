using System.Text.Json;
using System.Text.Json.Nodes;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Callers that repeat, hurry and err: over HTTP, with the provider's record and SQL as judges.</summary>
public sealed class HttpIdempotencyTests(HttpPollingWorld world) : IClassFixture<HttpPollingWorld>
{
    private const int Callers = 50;

    [Fact]
    [Fault("I-01")]
    public async Task Repeat_after_a_lost_response_is_the_one_object_marked_replayed()
    {
        LoadUser user = await world.CreateUserAsync();
        string key = world.NewKey();
        await world.Sandbox.FaultAsync("payment_intents.create", "slow", more: new JsonObject { ["delay_ms"] = 1_000 });
        using CancellationTokenSource impatience = new();
        using HttpRequestMessage request = new(HttpMethod.Post, "/wallets/deposit")
        {
            Content = new StringContent(
                JsonSerializer.Serialize(new { amount = "12.34", currency = "USD", source_id = user.CardId }), System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new System.Net.Http.Headers.AuthenticationHeaderValue("Bearer", user.Token);
        request.Headers.Add("Idempotency-Key", key);
        Task<HttpResponseMessage> lost = world.Server.Http.SendAsync(request, impatience.Token);
        await world.Sandbox.WhenFaultStruckAsync("slow");
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lost);
        await world.Sandbox.ClearFaultsAsync();

        HttpAnswer repeat = await Eventually.GetAsync(
            () => world.DepositAsync(user, "12.34", key), answer => answer is { Status: 201, MovementStatus: "success" }, "the repeat's answer");
        Assert.True(repeat.IsReplayed);
        Assert.Equal(1_234, await world.BalanceAsync(user));
        Assert.Equal(1, await world.FlowsAsync(user));
        Assert.Single(await world.PaymentsAsync(user));
    }

    [Fact]
    [Fault("I-01")]
    public async Task Repeat_answers_the_object_as_it_is_now()
    {
        LoadUser user = await world.CreateUserAsync();
        string key = world.NewKey();
        HttpAnswer first = await world.DepositAsync(user, "20.00", key, user.BankId);
        Assert.Equal((201, "pending", false), (first.Status, first.MovementStatus, first.IsReplayed));
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.StateAsync(first.Id, "succeeded");

        HttpAnswer repeat = await world.DepositAsync(user, "20.00", key, user.BankId);
        Assert.Equal((201, "success", true), (repeat.Status, repeat.MovementStatus, repeat.IsReplayed));
        Assert.Equal(first.Id, repeat.Id);
        Assert.Single(await world.PaymentsAsync(user));
    }

    [Fact]
    [Fault("I-02")]
    public async Task Same_key_with_another_body_is_refused_and_changes_nothing()
    {
        LoadUser user = await world.CreateUserAsync("50.00");
        LoadUser other = await world.CreateUserAsync();
        string key = world.NewKey();
        HttpAnswer deposit = await world.DepositAsync(user, "10.00", key);
        HttpAnswer transfer = await world.TransferAsync(user, other, "10.00", key);
        HttpAnswer withdrawal = await world.WithdrawAsync(user, "10.00", key);
        string[] ids = [deposit.Id, transfer.Id, withdrawal.Id];
        await world.StateAsync(withdrawal.Id, "in_transit");
        string before = await RowsAsync(ids);
        long postings = await world.PostingsAsync(user);

        HttpAnswer[] refused =
        [
            await world.DepositAsync(user, "10.01", key),
            await world.DepositAsync(user, "10.00", key, user.BankId),
            await world.DepositAsync(user, "10.00", key, currency: "EUR"),
            await world.TransferAsync(user, other, "9.99", key),
            await world.TransferAsync(user, await world.CreateUserAsync(), "10.00", key),
            await world.WithdrawAsync(user, "10.01", key),
        ];
        Assert.All(refused, answer => Assert.Equal((422, "idempotency_key_mismatch"), (answer.Status, answer.Code)));
        Assert.Equal(before, await RowsAsync(ids));
        Assert.Equal(postings, await world.PostingsAsync(user));
        Assert.Equal(4, await world.FlowsAsync(user));
        Assert.Equal(2, (await world.PaymentsAsync(user)).Count);
        Assert.Single(await world.PayoutsAsync(user));
    }

    [Fact]
    [Fault("I-03")]
    public async Task Fifty_concurrent_deposits_with_one_key_are_one_charge()
    {
        LoadUser user = await world.CreateUserAsync();
        string key = world.NewKey();
        await world.Sandbox.FaultAsync("payment_intents.create", "slow", more: new JsonObject { ["delay_ms"] = 500 });
        HttpAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => world.DepositAsync(user, "7.00", key)));
        await world.Sandbox.ClearFaultsAsync();

        // The others wait, or are told to come back.
        Assert.All(answers, answer => Assert.True(answer is { Status: 201 or 202 } || answer is { Status: 409, HasRetryAfter: true }, answer.ToString()));
        Assert.All(answers.Where(answer => answer.Status == 409), answer => Assert.Equal("idempotency_key_in_progress", answer.Code));
        Assert.Single(answers, answer => answer is { Status: 201 or 202, IsReplayed: false });
        string id = Assert.Single(answers.Where(answer => answer.Status != 409).Select(answer => answer.Id).Distinct());
        await world.StateAsync(id, "succeeded");
        Assert.Equal(700, await world.BalanceAsync(user));
        Assert.Equal(1, await world.FlowsAsync(user));
        Assert.Single(await world.PaymentsAsync(user));
    }

    [Fact]
    [Fault("I-06")]
    public async Task What_was_refused_before_anything_happened_leaves_the_key_free()
    {
        LoadUser user = await world.CreateUserAsync();
        LoadUser other = await world.CreateUserAsync();
        string key = world.NewKey();
        Assert.Equal("too_many_decimals", (await world.DepositAsync(user, "10.001", key)).Code);
        Assert.Equal("not_found", (await world.DepositAsync(user, "10.00", key, other.CardId)).Code);
        Assert.Equal("insufficient_funds", (await world.TransferAsync(user, other, "10.00", key)).Code);
        Assert.Equal("insufficient_funds", (await world.WithdrawAsync(user, "10.00", key)).Code);
        Assert.Equal(0, await world.FlowsAsync(user));

        HttpAnswer deposit = await world.DepositAsync(user, "25.00", key);
        Assert.Equal((201, "success", false), (deposit.Status, deposit.MovementStatus, deposit.IsReplayed));
        HttpAnswer transfer = await world.TransferAsync(user, other, "10.00", key);
        Assert.Equal((201, false), (transfer.Status, transfer.IsReplayed));
        HttpAnswer withdrawal = await world.WithdrawAsync(user, "10.00", key);
        Assert.Equal((201, false), (withdrawal.Status, withdrawal.IsReplayed));
        Assert.Equal(500, await world.BalanceAsync(user));
        Assert.Single(await world.PaymentsAsync(user));
    }

    [Theory]
    [InlineData("timeout_after_effect", 1)]
    [InlineData("error_500", 0)]
    [Fault("I-06")]
    public async Task What_failed_after_the_provider_was_asked_binds_the_key_to_the_unknown(string fault, int charges)
    {
        LoadUser user = await world.CreateUserAsync();
        string key = world.NewKey();
        await world.HideAsync("payment_intents.list");
        await world.Sandbox.FaultAsync("payment_intents.create", fault, count: 100);
        HttpAnswer first = await world.DepositAsync(user, "30.00", key);
        HttpAnswer second = await world.DepositAsync(user, "30.00", key);
        Assert.Equal((202, "outcome_unknown", "pending"), (first.Status, first.Code, first.MovementStatus));
        Assert.Equal((202, "outcome_unknown", true), (second.Status, second.Code, second.IsReplayed));
        Assert.Equal(first.Id, second.Id);
        Assert.Equal(1, await world.StruckAsync(fault));
        Assert.Equal(charges, (await world.PaymentsAsync(user)).Count);
        await world.Sandbox.ClearFaultsAsync();
        if (charges == 1)
        {
            await world.StateAsync(first.Id, "succeeded");
            HttpAnswer third = await world.DepositAsync(user, "30.00", key);
            Assert.Equal((201, "success", true), (third.Status, third.MovementStatus, third.IsReplayed));
        }

        Assert.Equal(charges * 3_000, await world.BalanceAsync(user));
        Assert.Equal(charges, (await world.PaymentsAsync(user)).Count);
    }

    [Theory]
    [InlineData("capture", "captured")]
    [InlineData("void", "voided")]
    [Fault("I-06")]
    public async Task A_capture_or_void_that_never_left_leaves_its_key_free(string command, string end)
    {
        string operation = command == "void" ? "payment_intents.cancel" : "payment_intents.capture";
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer payment = await merchant.PayAsync("60.00", capture: "manual");
        string path = $"/payments/{payment.Id}/{command}";
        string key = world.NewKey();
        await world.Sandbox.FaultAsync(operation, "error_429", count: 100);
        HttpAnswer first = await merchant.SendAsync(path, new { }, key);
        HttpAnswer second = await merchant.SendAsync(path, new { }, key);
        Assert.All([first, second], answer => Assert.Equal((503, "provider_unavailable"), (answer.Status, answer.Code)));
        Assert.Equal("authorized", await merchant.StatusAsync(payment.Id));

        await world.Sandbox.ClearFaultsAsync();
        HttpAnswer third = await Eventually.GetAsync(
            () => merchant.SendAsync(path, new { }, key), answer => answer.Code != "provider_unavailable", "the provider is asked again", TimeSpan.FromMinutes(1));
        Assert.Equal((200, end, false), (third.Status, third.MovementStatus, third.IsReplayed));
        HttpAnswer fourth = await merchant.SendAsync(path, new { }, key);
        Assert.Equal((200, end, true), (fourth.Status, fourth.MovementStatus, fourth.IsReplayed));
        Assert.Equal(command == "void" ? 0 : 60_00, Assert.Single(await merchant.PaymentsAsync()).GetProperty("amount_received").GetInt64());
        await merchant.JudgeAsync();
    }

    [Fact]
    [Fault("I-06")]
    public async Task A_capture_that_may_have_left_binds_its_key_to_the_unknown()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer payment = await merchant.PayAsync("60.00", capture: "manual");
        string key = world.NewKey();
        await world.Sandbox.FaultAsync("payment_intents.get", "error_500", count: 1_000);
        await world.Sandbox.FaultAsync("payment_intents.capture", "timeout_after_effect");
        HttpAnswer first = await merchant.CaptureAsync(payment.Id, key: key);
        HttpAnswer second = await merchant.CaptureAsync(payment.Id, key: key);
        Assert.All([first, second], answer => Assert.Equal((202, "outcome_unknown"), (answer.Status, answer.Code)));
        await world.Sandbox.ClearFaultsAsync();
        await merchant.StatusAsync(payment.Id, "captured");
        HttpAnswer third = await merchant.CaptureAsync(payment.Id, key: key);
        Assert.Equal((200, "captured", true), (third.Status, third.MovementStatus, third.IsReplayed));
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task A_payment_like_one_of_a_moment_ago_under_another_key_says_so()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer first = await merchant.PayAsync("60.00");
        HttpAnswer second = await merchant.PayAsync("60.00");
        HttpAnswer ordered = await merchant.PayAsync("60.00", obligation: "order-1");
        Assert.Equal((201, "captured", first.Id), (second.Status, second.MovementStatus, second.Movement.GetProperty("duplicate_of").GetString()));
        Assert.All([first, ordered], answer => Assert.False(answer.Movement.TryGetProperty("duplicate_of", out _)));
    }

    [Fact]
    [Fault("I-07")]
    public async Task Same_key_of_another_user_or_endpoint_is_another_request()
    {
        LoadUser ann = await world.CreateUserAsync();
        LoadUser ben = await world.CreateUserAsync();
        string key = world.NewKey();
        HttpAnswer[] answers =
        [
            await world.DepositAsync(ann, "40.00", key),
            await world.DepositAsync(ben, "60.00", key),
            await world.TransferAsync(ann, ben, "5.00", key),
            await world.TransferAsync(ben, ann, "6.00", key),
            await world.WithdrawAsync(ann, "7.00", key),
            await world.WithdrawAsync(ben, "8.00", key),
        ];
        Assert.All(answers, answer => Assert.Equal((201, false), (answer.Status, answer.IsReplayed)));
        Assert.Equal(6, answers.Select(answer => answer.Id).Distinct().Count());
        Assert.Equal(4_000 - 500 + 600 - 700, await world.BalanceAsync(ann));
        Assert.Equal(6_000 + 500 - 600 - 800, await world.BalanceAsync(ben));
        Assert.Single(await world.PaymentsAsync(ann));
        Assert.Single(await world.PayoutsAsync(ben));
    }

    [Fact]
    [Fault("I-10")]
    public async Task Two_tabs_at_once_move_money_once()
    {
        LoadUser user = await world.CreateUserAsync("100.00");
        LoadUser other = await world.CreateUserAsync();
        string deposit = await TwiceAsync(key => world.DepositAsync(user, "10.00", key));
        string transfer = await TwiceAsync(key => world.TransferAsync(user, other, "20.00", key));
        string withdrawal = await TwiceAsync(key => world.WithdrawAsync(user, "30.00", key));
        await world.StateAsync(deposit, "succeeded");
        await world.StateAsync(transfer, "completed");
        await world.StateAsync(withdrawal, "in_transit");
        Assert.Equal(10_000 + 1_000 - 2_000 - 3_000, await world.BalanceAsync(user));
        Assert.Equal(2_000, await world.BalanceAsync(other));
        Assert.Equal(2, (await world.PaymentsAsync(user)).Count);
        Assert.Single(await world.PayoutsAsync(user));
        Assert.Equal(4, await world.FlowsAsync(user));
    }

    /// <returns>The id of the one movement.</returns>
    private async Task<string> TwiceAsync(Func<string, Task<HttpAnswer>> send)
    {
        string key = world.NewKey();
        HttpAnswer[] answers = await Task.WhenAll(send(key), send(key));
        Assert.All(answers, answer => Assert.True(answer is { Status: 201 or 202 } or { Status: 409, HasRetryAfter: true }, answer.ToString()));
        return Assert.Single(answers.Where(answer => answer.Status != 409).Select(answer => answer.Id).Distinct());
    }

    private Task<string> RowsAsync(string[] ids) => world.Database.QueryAsync<string>(
        $"select string_agg(concat_ws(' ', id, state, version, data, request_hash), ';' order by id) from flows.flow where id::text in ('{string.Join("', '", ids)}')");
}
