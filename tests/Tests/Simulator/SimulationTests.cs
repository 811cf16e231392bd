using Florin.Simulator;
using Florin.Tests.Architecture;
using Xunit;

namespace Florin.Tests.Simulator;

/// <summary>The shipped ledger under seeds. A failing one prints the command that repeats it.</summary>
public sealed class SimulationTests
{
    private const int Seeds = 200;
    private const int Groups = 4;
    private const int Steps = 3_000;

    public static TheoryData<int> EachGroup => [.. Enumerable.Range(0, Groups)];

    [Theory]
    [MemberData(nameof(EachGroup))]
    [Fault("L-07")]
    [Fault("L-11")]
    [Fault("T-01")]
    [Fault("T-02")]
    public void No_seed_finds_anything(int group)
    {
        foreach (int seed in Enumerable.Range(1 + (group * Seeds / Groups), Seeds / Groups))
        {
            SimulationResult result = Simulation.Run(seed, Steps);
            Assert.True(result.Failure is null, $"{result.Command}\n{string.Join('\n', result.Newest)}\n{result.Failure}");
        }
    }

    [Theory]
    [InlineData(7)]
    [InlineData(77)]
    [InlineData(777)]
    public void The_same_seed_gives_the_same_trace_to_the_byte(int seed)
    {
        List<string> first = [];
        List<string> second = [];
        SimulationResult one = Simulation.Run(seed, Steps, first.Add);
        SimulationResult other = Simulation.Run(seed, Steps, second.Add);
        Assert.Equal(first, second);
        Assert.Equal(one.TraceHash, other.TraceHash);
        Assert.NotEqual(one.TraceHash, Simulation.Run(seed + 1, Steps).TraceHash);
    }

    [Fact]
    public void Seeds_reach_what_they_are_made_for()
    {
        List<SimulationResult> results = [.. Enumerable.Range(1, 30).Select(seed => Simulation.Run(seed, Steps))];
        Assert.True(results.Sum(result => result.Kills) > 60);
        Assert.True(results.Sum(result => result.Transfers) > 1_000);
        Assert.True(results.Sum(result => result.Flows) > 100);
        HashSet<string> reached = [.. results.SelectMany(result => result.Answers.Keys)];
        string[] wanted =
        [
            "Created", "Exists", "ExceedsCredits", "ExceedsDebits", "ParticipantConflict", "AccountDefinitionDiffers", "RelatedAlreadyPosted",
            "RelatedAlreadyVoided", "ExceedsRelatedAmount", "NothingToDo", "ExistsWithDifferentAmount", "ExistsWithDifferentReference",
            "ExistsWithDifferentTerms", "PeriodClosed", "DebitAccountNotOpen", "CreditAccountNotOpen", "BelowMinimum", "ConditionFailed",
            "ConditionAccountNotFound", "LimitExceeded", "AccountNotFound", "AccountNotEmpty", "PeriodNotOver", "DeadlinePassed", "MinimumMalformed",
            "TermUnknown", "TooManyConditions",
        ];
        Assert.Empty(wanted.Except(reached));
    }
}
