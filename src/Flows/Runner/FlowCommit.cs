using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Flows.Runner;

/// <summary>What became of a change and its postings.</summary>
internal abstract record CommitOutcome
{
    private CommitOutcome()
    {
    }

    /// <summary>Durable, both.</summary>
    public sealed record Applied : CommitOutcome;

    /// <summary>Somebody changed the flow meanwhile, or it exists already, or its obligation or reference is taken. Nothing was changed.</summary>
    public sealed record Conflict : CommitOutcome;

    /// <summary>The ledger refused the postings. Nothing was changed.</summary>
    public sealed record Refused(SubmissionResult Result) : CommitOutcome;
}

/// <summary>Makes a change durable: alone, or in the commit of the postings that belong to it.</summary>
internal sealed class FlowCommit(IFlowStore store, ILedger ledger)
{
    /// <exception cref="LedgerUnavailableException">Nothing is known. The change needs its lease and version, so that a repeat is safe.</exception>
    public async ValueTask<CommitOutcome> CommitAsync(
        FlowChange change,
        ImmutableArray<AccountDefinition> accounts,
        ImmutableArray<Transaction> transactions,
        CancellationToken cancellationToken)
    {
        if (accounts.IsDefaultOrEmpty && transactions.IsDefaultOrEmpty)
        {
            return await ApplyAloneAsync(change, cancellationToken);
        }

        Submission submission = new() { Accounts = accounts, Transactions = transactions, Participant = change };
        SubmissionResult result = await ledger.SubmitAsync(submission, cancellationToken);
        return result.Status switch
        {
            TransactionStatus.Created => new CommitOutcome.Applied(),

            // The postings were made before, and a change with them. When that was this change, its version is history now and this is a conflict;
            // when the flow came back to a state whose postings are made once only, the change remains to be made.
            TransactionStatus.Exists => await ApplyAloneAsync(change, cancellationToken),
            TransactionStatus.ParticipantConflict => new CommitOutcome.Conflict(),
            _ => new CommitOutcome.Refused(result),
        };
    }

    private async ValueTask<CommitOutcome> ApplyAloneAsync(FlowChange change, CancellationToken cancellationToken) =>
        await store.ApplyAsync(change, cancellationToken) ? new CommitOutcome.Applied() : new CommitOutcome.Conflict();
}
