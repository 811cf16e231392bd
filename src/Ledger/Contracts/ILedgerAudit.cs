using System.Collections.Immutable;

namespace Florin.Ledger;

/// <summary>Something in the journal's tables that cannot have been written by the ledger.</summary>
/// <param name="Batch">The batch it was found in; 0 when it belongs to none.</param>
/// <param name="Sequence">The transfer it was found at; 0 when it is not one transfer.</param>
public sealed record LedgerProblem(long Batch, long Sequence, string Message);

/// <summary>What a verification found.</summary>
/// <param name="Problems">In the order of the journal; empty when all is well. At most <see cref="ProblemsMax"/>.</param>
public sealed record LedgerAuditReport(long Batches, long Accounts, long Transfers, ImmutableArray<LedgerProblem> Problems)
{
    /// <summary>After a tampered row every later row may look wrong; more than this does not help to find it.</summary>
    public const int ProblemsMax = 20;

    public bool IsClean => Problems.IsEmpty;
}

/// <summary>How far a long work over the journal is.</summary>
public readonly record struct LedgerAuditProgress(long Sequence, long OfSequence);

/// <summary>Work over the whole history of the ledger, from the tables alone. Reads in one snapshot; a server may run meanwhile unless it says otherwise.</summary>
public interface ILedgerAudit
{
    /// <summary>Recomputes every hash and every balance from history, and compares with what is stored.</summary>
    ValueTask<LedgerAuditReport> VerifyAsync(IProgress<LedgerAuditProgress> progress, CancellationToken cancellationToken);

    /// <summary>Makes the stored totals anew from history alone.</summary>
    /// <returns>How many accounts were written.</returns>
    /// <exception cref="LedgerUnavailableException">A server holds the ledger; stop it first. Nothing was changed.</exception>
    ValueTask<long> RebuildAsync(IProgress<LedgerAuditProgress> progress, CancellationToken cancellationToken);
}
