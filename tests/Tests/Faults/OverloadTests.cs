using System.Globalization;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Many more callers than the server takes.</summary>
public sealed class OverloadTests
{
    private const int RequestsMax = 12;
    private const int Users = 4;
    private const int Callers = 120;
    private const int RequestsPerCaller = 4;

    [Fact]
    [Fault("T-09")]
    public async Task Ten_times_the_callers_are_answered_each_and_what_is_refused_leaves_nothing()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using SandboxProcess sandbox = await SandboxProcess.StartAsync("--auto-advance", "true", "--async-delay", "1");
        await using ServerProcess server = await ServerProcess.StartAsync(
            database.OwnerUrl,
            new Dictionary<string, string>
            {
                ["FLORIN__HTTP__REQUESTS_MAX"] = RequestsMax.ToString(CultureInfo.InvariantCulture),
                ["FLORIN__STRIPE__WEBHOOK_SECRET"] = HttpWorld.WebhookSecret,
                ["FLORIN__FLOWS__PULL_SECONDS"] = "1",
            },
            "--sandbox-url",
            sandbox.Url.ToString());
        List<LoadUser> users = [];
        for (int user = 0; user < Users; user++)
        {
            users.Add(await MovementSender.CreateUserAsync(server));
        }

        (Operation Wish, HttpAnswer Answer)[][] all = await Task.WhenAll(
            Enumerable.Range(0, Callers).Select(caller => Task.Run(() => CallAsync(server, users, caller))));
        (Operation Wish, HttpAnswer Answer)[] answers = [.. all.SelectMany(one => one)];

        // Each was answered: taken, refused for want of funds, or sent away.
        (Operation Wish, HttpAnswer Answer)[] taken = [.. answers.Where(answer => answer.Answer.Status is 201 or 202)];
        (Operation Wish, HttpAnswer Answer)[] sentAway = [.. answers.Where(answer => answer.Answer.Status == 503)];
        Assert.All(taken, answer => Assert.True(answer.Answer.Movement.TryGetProperty("id", out _), answer.Answer.ToString()));
        Assert.All(sentAway, answer => Assert.True(answer.Answer is { Code: "unavailable", HasRetryAfter: true }, answer.Answer.ToString()));
        Assert.All(
            answers.Except(taken).Except(sentAway), answer => Assert.True(answer.Answer is { Status: 409, Code: "insufficient_funds" }, answer.Answer.ToString()));
        Assert.NotEmpty(taken);
        Assert.NotEmpty(sentAway);

        string metrics = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.True(Metric(metrics, "florin_server_requests_refused_total") >= sentAway.Length);

        MoneyJudge judge = new(database, sandbox);
        await judge.QuietAsync();
        await judge.JudgeAsync([.. taken.Select(answer => new Acknowledged(answer.Wish, answer.Answer.Id, answer.Answer.MovementStatus))]);

        // Nothing holds a place any more; and who comes again is served, once.
        await Eventually.GetAsync(
            async () => Metric(await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken), "florin_server_requests_active"), active => active == 0, "free places");
        Operation again = sentAway.First(answer => answer.Wish.Kind == OperationKind.CardDeposit).Wish;
        HttpAnswer served = await MovementSender.SendAsync(server, users.Single(user => user.Id == again.UserId), again);
        Assert.True(served is { Status: 201 or 202, IsReplayed: false }, served.ToString());
    }

    private static async Task<(Operation Wish, HttpAnswer Answer)[]> CallAsync(ServerProcess server, List<LoadUser> users, int caller)
    {
        List<(Operation Wish, HttpAnswer Answer)> answers = [];
        for (int number = 0; number < RequestsPerCaller; number++)
        {
            LoadUser user = users[caller % Users];
            LoadUser other = users[(caller + 1) % Users];
            Operation wish = number % 2 == 0
                ? new Operation(OperationKind.CardDeposit, $"{caller}-{number}", user.Id, null, 1_000 + caller)
                : new Operation(OperationKind.Transfer, $"{caller}-{number}", user.Id, other.Id, 1 + caller);
            answers.Add((wish, await MovementSender.SendAsync(server, user, wish)));
        }

        return [.. answers];
    }

    private static double Metric(string metrics, string name) => metrics.Split('\n')
        .Where(line => line.StartsWith(name + " ", StringComparison.Ordinal))
        .Select(line => double.Parse(line[(name.Length + 1)..], CultureInfo.InvariantCulture))
        .SingleOrDefault();
}
