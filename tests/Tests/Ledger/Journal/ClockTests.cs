using Florin.Ledger;
using Florin.Tests.Support;
using Xunit;
using static Florin.Tests.Ledger.Journal.PostgresLedger;

namespace Florin.Tests.Ledger.Journal;

/// <summary>The machine's clock jumps while the ledger works.</summary>
public sealed class ClockTests
{
    private const int Moves = 5;

    private const string BackwardSteps =
        "select count(*) from (select recorded_at <= lag(recorded_at) over (order by batch) as back from ledger.batches) steps where back";

    [Fact]
    [Fault("T-04")]
    public async Task Ledger_time_goes_on_when_the_clock_jumps_back_an_hour_also_over_a_restart()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        JumpingClock clock = new();
        await using (PostgresLedger ledger = await StartAsync(database.DataSource, clock: clock))
        {
            await ledger.OpenAsync("alice");
            await MoveAsync(ledger, "before");
            clock.Offset = TimeSpan.FromHours(-1);
            await MoveAsync(ledger, "after");
        }

        await using PostgresLedger next = await RestartAsync(database, new LedgerOptions(), clock);
        await MoveAsync(next, "restarted");

        Assert.Equal(0L, await database.QueryAsync<long>(BackwardSteps));
        Assert.Equal(3L * Moves, await database.QueryAsync<long>("select count(*) from ledger.transfers"));
        Assert.True(await database.QueryAsync<bool>("select min(recorded_at) > now() - interval '30 minutes' from ledger.batches"));
        await JudgeAsync(database);
    }

    private static async Task MoveAsync(PostgresLedger ledger, string name)
    {
        for (int number = 0; number < Moves; number++)
        {
            SubmissionResult result = await ledger.SubmitAsync(Move($"{name}/{number}", Bank, Account("alice"), 1));
            Assert.Equal(TransactionStatus.Created, result.Status);
        }
    }

    private sealed class JumpingClock : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;
    }
}
