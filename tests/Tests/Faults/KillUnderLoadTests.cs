using System.Text.Json;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>The real server is killed again and again while clients move money.</summary>
public sealed class KillUnderLoadTests
{
    private const int Kills = 20;
    private const int Clients = 8;
    private const int Users = 6;
    private const int AnswersBetweenKills = 12;
    private const int Seed = 20_260_401;

    [Fact]
    [Trait("Category", "Slow")]
    [Fault("I-04")]
    [Fault("U-09")]
    public async Task Killed_server_loses_and_doubles_nothing_that_was_acknowledged()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using SandboxProcess sandbox = await SandboxProcess.StartAsync("--auto-advance", "true", "--async-delay", "1");
        await using ServerProcess server = await ServerProcess.StartAsync(
            database.OwnerUrl,
            new Dictionary<string, string>
            {
                ["FLORIN__FLOWS__LEASE_SECONDS"] = "3",
                ["FLORIN__WALLETS__SETTLE_WINDOW_SECONDS"] = "10",
                ["FLORIN__FLOWS__PULL_SECONDS"] = "5",
            },
            "--sandbox-url",
            sandbox.Url.ToString());
        await HookAsync(sandbox, server);
        LoadUser[] users = await Task.WhenAll(Enumerable.Range(0, Users).Select(_ => CreateUserAsync(server)));
        MoneyLoad load = new(server, users, Seed);
        bool isOver = false;
        Task[] clients = [.. Enumerable.Range(0, Clients).Select(client => Task.Run(() => load.RunClientAsync(client, () => Volatile.Read(ref isOver))))];
        Random random = new(Seed);
        for (int kill = 1; kill <= Kills; kill++)
        {
            // Every kill falls into the middle of other requests, because clients never pause.
            int from = load.Answers + AnswersBetweenKills + random.Next(AnswersBetweenKills);
            await Eventually.GetAsync(() => Task.FromResult(load.Answers), answers => answers >= from, $"answers before kill {kill}");
            load.Down();
            await server.KillAsync();
            await server.StartAgainAsync();
            load.Up();
        }

        Volatile.Write(ref isOver, true);
        await Task.WhenAll(clients);
        MoneyJudge judge = new(database, sandbox);
        await judge.QuietAsync();
        Assert.Empty(load.Violations);
        await judge.JudgeAsync(load.Acknowledged);
        TestContext.Current.TestOutputHelper?.WriteLine($"{Kills} kills, {load.Answers} answers, {load.Acknowledged.Count(answer => answer.Id is not null)} movements");
    }

    private static async Task HookAsync(SandboxProcess sandbox, ServerProcess server) => await sandbox.SetWebhookAsync(
        $"{server.Url}/webhooks/stripe", (await File.ReadAllTextAsync(Path.Combine(server.DataFolder, "sandbox.secret"))).Trim());

    private static async Task<LoadUser> CreateUserAsync(ServerProcess server)
    {
        (string id, string email, string token) = await server.CreateUserAsync();
        JsonElement card = await server.PostAsync("/wallets/funding-sources", new { payment_method_id = "pm_card_visa" }, token);
        JsonElement bank = await server.PostAsync("/wallets/funding-sources", new { payment_method_id = "pm_usBankAccount_success" }, token);
        return new LoadUser(id, email, token, card.GetProperty("id").GetString()!, bank.GetProperty("id").GetString()!);
    }
}
