using System.Collections.Concurrent;
using System.Globalization;
using Xunit;

namespace Florin.Tests.Payments.Sequences;

/// <summary>
/// Random payments, captures, refunds and disputes against the real server and the providers' sandboxes, with random faults and kills; then the ledger, the
/// flows, the providers' own records and what clients were told are held against each other.
/// </summary>
public sealed class SequenceTests
{
    private const int SeedOfEveryDay = 20_260_501;
    private const int CountOfEveryDay = 300;

    /// <summary>Sequences that share a server: more make each look at the providers' lists longer.</summary>
    private const int GroupMax = 400;

    /// <summary>A group waits for clocks and time-outs most of the time.</summary>
    private const int GroupsAtOnce = 2;

    /// <summary>Groups in which something was found; more of them say nothing more.</summary>
    private const int FailedMax = 3;

    /// <summary>From here on a run is large enough to reach what it is made for.</summary>
    private const int WholeCount = 100;

    [Fact]
    [Trait("Category", "Slow")]
    public async Task No_sequence_leaves_money_unexplained()
    {
        int first = Number("FLORIN_SEED") ?? SeedOfEveryDay;
        int count = Number("FLORIN_SEQUENCES") ?? CountOfEveryDay;
        ConcurrentDictionary<string, bool> reached = new();
        ConcurrentQueue<string> failed = [];
        long began = TimeProvider.System.GetTimestamp();
        int done = 0;
        IEnumerable<int[]> groups = Enumerable.Range(first, count).Chunk(GroupMax);
        await Parallel.ForEachAsync(groups, new ParallelOptions { MaxDegreeOfParallelism = GroupsAtOnce }, async (seeds, _) =>
        {
            if (failed.Count >= FailedMax)
            {
                return;
            }

            SequenceRun run = new(seeds[0], seeds.Length, kills: seeds.Length < WholeCount ? 1 : 2);
            string? found = await run.RunAsync();
            if (found is not null)
            {
                failed.Enqueue(found);

                // A long run goes on: who waits for it may look at this meanwhile.
                Tell([found]);
            }

            foreach (string what in run.Reached)
            {
                reached[what] = true;
            }

            int played = Interlocked.Add(ref done, seeds.Length);
            Tell(run.Told.Append($"{played} of {count} after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0} s, {failed.Count} groups with findings"));
        });

        Assert.True(failed.IsEmpty, string.Join("\n\n", failed));
        string[] wanted =
        [
            "payment voided", "payment failed", "payment unknown", "payment mismatch", "payment because of released", "payment partially_refunded",
            "payment refunded", "payment disputed", "payment.refund unknown", "payment.refund because of late_failure",
            "payment.refund because of late_success", "payment.dispute won", "payment.dispute lost", "payment.dispute inquiry",
            "payment settled", "payment.settlement settled", "payment.settlement returned",
        ];
        Assert.Empty(count < WholeCount ? [] : wanted.Except(reached.Keys));
    }

    /// <summary>At once, for whoever waits for a long run.</summary>
    private static void Tell(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            TestContext.Current.SendDiagnosticMessage(line);
        }
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : null;
}
