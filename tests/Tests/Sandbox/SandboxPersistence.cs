using System.Text;
using Florin.Sandbox;
using Florin.Sandbox.State;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Sandbox;

/// <summary>With <c>--data</c>, the sandbox knows after a kill what it had answered before.</summary>
public sealed class SandboxPersistence : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("florin-sandbox-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Everything_that_was_answered_is_there_after_a_kill()
    {
        StripeReply payout, paid;
        IReadOnlyList<string> before;
        await using (var first = await SandboxProcess.StartAsync("--data", folder.FullName))
        {
            var stripe = new StripeCaller(first);
            paid = await stripe.ChargeAsync("pm_usBankAccount", 5000, "charge-key");
            payout = await stripe.PayOutAsync("ba_000111111116");
            await first.AdvanceAsync(TimeSpan.FromHours(1));
            paid = await stripe.GetAsync($"/v1/payment_intents/{paid.Id}");
            payout = await stripe.PayOutAsync("ba_000111111116");
            before = await EverythingAsync(first);
            await first.KillAsync();
        }

        await using var second = await SandboxProcess.StartAsync("--data", folder.FullName);
        var again = new StripeCaller(second);
        Assert.Equal(before, await EverythingAsync(second));
        Assert.Equal(paid.Text, (await again.GetAsync($"/v1/payment_intents/{paid.Id}")).Text);

        // What was under way goes on, and the clock does not go back.
        await second.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("failed", (await again.GetAsync($"/v1/payouts/{payout.Id}")).Member("status"));
        Assert.True((await again.PostAsync("/v1/customers")).Number("created") > paid.Number("created") + 3600);
    }

    [Fact]
    public async Task An_idempotency_key_survives_a_kill()
    {
        (string, string)[] form = [("amount", "1000"), ("currency", "usd")];
        StripeReply payout;
        await using (var first = await SandboxProcess.StartAsync("--data", folder.FullName))
        {
            payout = await new StripeCaller(first).PostWithKeyAsync("key", "/v1/payouts", form);
            await first.KillAsync();
        }

        await using var second = await SandboxProcess.StartAsync("--data", folder.FullName);
        var replay = await new StripeCaller(second).PostWithKeyAsync("key", "/v1/payouts", form);
        Assert.True(replay.IsReplay);
        Assert.Equal(payout.Text, replay.Text);
        Assert.Single(await second.ObjectsAsync("payout"));
    }

    [Theory]
    [InlineData("{\"put\":[{\"type\":\"payout\",\"id\":\"po_torn\"")]
    [InlineData("x")]
    public async Task A_torn_last_line_is_cut(string torn)
    {
        string customer;
        await using (var first = await SandboxProcess.StartAsync("--data", folder.FullName))
        {
            customer = (await new StripeCaller(first).PostAsync("/v1/customers")).Id;
            await first.KillAsync();
        }

        var journal = Path.Combine(folder.FullName, "stripe.jsonl");
        await File.AppendAllTextAsync(journal, torn, TestContext.Current.CancellationToken);
        await using (var second = await SandboxProcess.StartAsync("--data", folder.FullName))
        {
            Assert.Equal(customer, Assert.Single(await second.ObjectsAsync("customer")).GetProperty("id").GetString());
            await new StripeCaller(second).PostAsync("/v1/customers");
            await second.KillAsync();
        }

        await using var third = await SandboxProcess.StartAsync("--data", folder.FullName);
        Assert.Equal(2, (await third.ObjectsAsync("customer")).Count);
    }

    [Fact]
    public async Task A_journal_that_is_not_ours_is_refused_with_one_sentence()
    {
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "stripe.jsonl"), "hello\n", TestContext.Current.CancellationToken);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => SandboxProcess.StartAsync("--data", folder.FullName));
        Assert.Contains("ended with 2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_journal_is_rewritten_without_what_was_overwritten()
    {
        var path = Path.Combine(folder.FullName, "stripe.jsonl");
        using (var first = new World(path))
        {
            for (var i = 0; i < 100; i++)
            {
                Change(first, i);
            }
        }

        var before = new FileInfo(path).Length;
        using (var second = new World(path, compactOverBytes: 1000))
        {
            Assert.InRange(new FileInfo(path).Length, 1, before / 20);
            Change(second, 100);
        }

        using var third = new World(path);
        Assert.Equal(100, third.Execute(default, null, unit => unit.Find("thing_1")!.Body.Number("value")));
        Assert.Single(third.Execute(default, null, unit => unit.NewestFirst("thing").ToArray()));

        static void Change(World world, long value) => world.Execute(default, null, unit =>
        {
            var body = unit.Find("thing_1") is null ? unit.Add("thing", "thing_1", []).Body : unit.Edit("thing_1").Body;
            body["value"] = value;
            unit.Commit();
            return true;
        });
    }

    [Fact]
    public async Task A_webhook_that_was_not_delivered_is_tried_again_after_a_kill()
    {
        await using var receiver = new WebhookReceiver();
        string[] arguments = ["--data", folder.FullName, "--webhook-url", $"stripe={receiver.Url}", "--webhook-secret", "stripe=whsec_a"];
        receiver.FailNext(1);
        await using (var first = await SandboxProcess.StartAsync(arguments))
        {
            await new StripeCaller(first).PostAsync("/v1/customers");
            await first.WhenWebhooksAttemptedAsync();
            await first.KillAsync();
        }

        await using var second = await SandboxProcess.StartAsync(arguments);
        await second.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(2, receiver.Received.Count);
        Assert.Single(receiver.Received.Select(webhook => Encoding.UTF8.GetString(webhook.Body)).Distinct());
    }

    private static async Task<IReadOnlyList<string>> EverythingAsync(SandboxProcess sandbox)
    {
        List<string> all = [(await sandbox.TotalsAsync()).GetRawText()];
        foreach (var type in (string[])["customer", "payment_method", "payment_intent", "charge", "payout", "balance_transaction", "event"])
        {
            all.AddRange((await sandbox.ObjectsAsync(type)).Select(stored => stored.GetRawText()));
        }

        return all;
    }
}
