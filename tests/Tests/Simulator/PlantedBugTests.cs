using Xunit;

namespace Florin.Tests.Simulator;

/// <summary>What the simulator is worth: bugs that are planted into the shipped sources are each found within 200 seeds.</summary>
public sealed class PlantedBugTests
{
    private const int Seeds = 200;
    private const int Steps = 3_000;

    [Theory]
    [InlineData(
        "skip the head check: what may be durable is said to be durable",
        "Ledger",
        "Pipeline/BatchWriter.cs",
        "if (unknown.Batch.IsEmpty || _head.Batch >= unknown.Batch.Number)",
        "if (unknown.Batch.Number > 0)")]
    [InlineData(
        "skip the head check: what may be durable is applied again",
        "Ledger",
        "Pipeline/BatchWriter.cs",
        "if (unknown.Batch.IsEmpty || _head.Batch >= unknown.Batch.Number)",
        "if (unknown.Batch.IsEmpty)")]
    [InlineData(
        "answer before commit",
        "Ledger",
        "Pipeline/BatchWriter.cs",
        "long started = timeProvider.GetTimestamp();\n        Task task",
        "open.Items.ForEach(item => item.Answer()); long started = timeProvider.GetTimestamp();\n        Task task")]
    [InlineData(
        "drop the constraint check",
        "Ledger",
        "StateMachine/BalanceRules.cs",
        "if (transfer.Debit.DebitsExceedCredits || transfer.Credit.DebitsExceedCredits)",
        "if (transfer.Amount < 0)")]
    [InlineData(
        "reuse an id: a repeat is not recognised",
        "Ledger",
        "StateMachine/TransactionGuards.cs",
        "if (state.Find(transaction.Id) is { } existing)",
        "if (state.Find(transaction.Id) is { Sequence: < 0 } existing)")]
    [InlineData(
        "reuse an id: what memory has forgotten is not asked for",
        "Ledger",
        "Pipeline/WorkItem.cs",
        "state.AddUnloaded(transaction.Id, ref positions);",
        "")]
    [InlineData(
        "write a participant again with a repeat",
        "Ledger",
        "StateMachine/LedgerStateMachine.cs",
        "if (isNew && submission.Participant is { } participant)",
        "if (submission.Participant is { } participant)")]
    [InlineData(
        "let ledger time go back with the clock",
        "Ledger",
        "Pipeline/BatchWriter.cs",
        "Timestamp = now > earliest ? now : earliest",
        "Timestamp = now")]
    [InlineData(
        "keep what a refused submission did to totals",
        "Ledger",
        "StateMachine/UndoLog.cs",
        "account.Totals = totals;",
        "")]
    [InlineData(
        "forget the expiry: what is held is not noted",
        "Ledger",
        "StateMachine/LedgerState.cs",
        "_records.Add(record.Id, record);\n        if (record.ExpiresAt is { } expiresAt)",
        "_records.Add(record.Id, record);\n        if (record.ExpiresAt is { Year: < 0 } expiresAt)")]
    [InlineData(
        "forget the expiry: what a checkpoint held is not noted",
        "Ledger",
        "StateMachine/LedgerState.cs",
        "_records[transaction.Transfers[0].TransactionId];\n        if (record.ExpiresAt is { } expiresAt)",
        "_records[transaction.Transfers[0].TransactionId];\n        if (record.ExpiresAt is { Year: < 0 } expiresAt)")]
    [InlineData(
        "forget the expiry: time does nothing",
        "Ledger",
        "Pipeline/BatchWriter.cs",
        "_machine.PassTime(batch, options.BatchTransfersMax);",
        "")]
    [InlineData(
        "forget that an extension gave more time",
        "Ledger",
        "StateMachine/TransferEffects.cs",
        "related.ExpiresAt = expiresAt;",
        "")]
    [InlineData(
        "flows: lose a signal that comes while a turn decides to rest",
        "Flows",
        "Runner/FlowTurn.cs",
        "case FlowDecision.Rest:\n                await ReleaseAsync(new Release(flow, lease, null, flow.Attempts + 1, null, seen, true));",
        "case FlowDecision.Rest:\n                await ReleaseAsync(new Release(flow, lease, null, flow.Attempts + 1, null, long.MaxValue, true));")]
    [InlineData(
        "flows: a change that met a conflict counts as made",
        "Flows",
        "Runner/FlowCommit.cs",
        "TransactionStatus.ParticipantConflict => new CommitOutcome.Conflict(),",
        "TransactionStatus.ParticipantConflict => new CommitOutcome.Applied(),")]
    public Task A_planted_bug_is_found(string bug, string project, string file, string text, string by) => FindAsync(bug, project, file, text, by);

    [Fact]
    public async Task Without_a_bug_the_compiled_ledger_is_the_shipped_one()
    {
        const string Text = "while (await StepAsync())";
        await using MutatedSources ledger = await MutatedSources.CompileAsync("Ledger", "Pipeline/BatchWriter.cs", Text, Text);
        Assert.Null(ledger.Find(20, Steps));
    }

    /// <summary>Plants a bug and runs seeds until one finds it.</summary>
    internal static async Task FindAsync(string bug, string project, string file, string text, string by)
    {
        await using MutatedSources ledger = await MutatedSources.CompileAsync(project, file, text, by);
        (int Seed, string Failure)? found = ledger.Find(Seeds, Steps);
        Assert.True(found is not null, $"{Seeds} seeds do not find it: {bug}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{bug}: seed {found.Value.Seed}: {found.Value.Failure}");
    }
}
