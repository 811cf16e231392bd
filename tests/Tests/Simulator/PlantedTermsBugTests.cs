using Xunit;

namespace Florin.Tests.Simulator;

/// <summary>As <see cref="PlantedBugTests"/>, of what is asked beyond transfers. A class of its own, so that they run side by side.</summary>
public sealed class PlantedTermsBugTests
{
    [Theory]
    [InlineData(
        "a condition is not checked",
        "StateMachine/BalanceRules.cs",
        "if (!Holds(condition, account!.ToBalance(state.Sequence)))",
        "if (!Holds(condition, account!.ToBalance(state.Sequence)) && account is null)")]
    [InlineData(
        "a balancing transfer ignores its minimum",
        "StateMachine/LedgerStateMachine.cs",
        "if (transfer.Amount < UInt128.Max(asked.Minimum, UInt128.One))",
        "if (transfer.Amount < UInt128.One)")]
    [InlineData(
        "a limit is not restored by recovery",
        "StateMachine/LedgerState.cs",
        "void IRecoverySink.Limit(string key, UInt128 used, DateTimeOffset forgetAfter) => Limits.Set(key, used, forgetAfter);",
        "void IRecoverySink.Limit(string key, UInt128 used, DateTimeOffset forgetAfter) { }")]
    [InlineData(
        "a limit is counted for a refused submission",
        "StateMachine/LedgerStateMachine.cs",
        "            batch.Limits.Add(new LimitRow(",
        "            state.Limits.Set(use.Key, used + use.Amount, use.ForgetAfter); batch.Limits.Add(new LimitRow(")]
    [InlineData(
        "a frozen account moves",
        "StateMachine/TransactionGuards.cs",
        "if (transfer.Debit.Standing != AccountStanding.Open &&",
        "if (transfer.Debit.Standing == AccountStanding.Closed &&")]
    [InlineData(
        "a repeat freezes again",
        "StateMachine/LedgerStateMachine.cs",
        "changes && !AreAllKnown(submission) ?",
        "changes ?")]
    [InlineData(
        "a closed period is forgotten by recovery",
        "StateMachine/LedgerState.cs",
        "void IRecoverySink.ClosedThrough(DateOnly day) => ClosedThrough = day;",
        "void IRecoverySink.ClosedThrough(DateOnly day) { }")]
    [InlineData(
        "what customers are owed may exceed what is held",
        "StateMachine/Solvency.cs",
        "if (change.Owed > 0 && after < 0 && after < change.Before)",
        "if (change.Owed > 0 && after < 0 && after < change.Before && after > change.Before)")]
    [InlineData(
        "what is held is not counted by recovery",
        "StateMachine/LedgerState.cs",
        "        Add(account);\n        Solvency.Add(account);",
        "        Add(account);")]
    [InlineData(
        "a deadline is ignored",
        "StateMachine/LedgerStateMachine.cs",
        "if (submission.Deadline < batch.Timestamp &&",
        "if (submission.Deadline < DateTimeOffset.UnixEpoch &&")]
    [InlineData(
        "a bulk keeps what a refused one of it did",
        "StateMachine/LedgerStateMachine.cs",
        "        else\n        {\n            RollBack(batch, mark);\n        }\n\n        return result;",
        "        return result;")]
    public Task A_planted_bug_is_found(string bug, string file, string text, string by) => PlantedBugTests.FindAsync(bug, "Ledger", file, text, by);
}
