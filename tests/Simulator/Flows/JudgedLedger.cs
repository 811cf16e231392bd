using System.Collections.Immutable;
using Florin.Ledger;
using Florin.Simulator.Judgement;

namespace Florin.Simulator.Flows;

/// <summary>The ledger as the flows of one process have it: the judge hears what they ask and what they are told.</summary>
/// <remarks>
/// A caller's token only ends its waiting, which nothing here depends on: a killed process waits for nothing. Flows act on refusals, which come
/// from memory alone. So nobody hears one from a process that another has overtaken: a node of the product gives no answer that it cannot confirm
/// by its lease, and whoever takes the journal waits until that lease is over.
/// </remarks>
/// <param name="ledger">The shipped one.</param>
/// <param name="process">Whose it is.</param>
/// <param name="leads">Whether nobody has taken the journal since this process did.</param>
/// <param name="judge">Hears it.</param>
internal sealed class JudgedLedger(ILedger ledger, string process, Func<bool> leads, Judge judge) : ILedger
{
    public async ValueTask<SubmissionResult> SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        Attempt attempt = new(judge.NextQuestion(), submission, process);
        judge.Asked(attempt);
        try
        {
            SubmissionResult result = await ledger.SubmitAsync(submission, CancellationToken.None);
            if (!leads())
            {
                throw new LedgerUnavailableException("simulated: another process leads");
            }

            judge.Answered(attempt, result);
            return result;
        }
        catch (LedgerUnavailableException)
        {
            judge.Unanswered(attempt);
            throw;
        }
    }

    public ValueTask<IReadOnlyList<TransactionResult>> SubmitManyAsync(IReadOnlyList<Transaction> transactions, CancellationToken cancellationToken) =>
        ledger.SubmitManyAsync(transactions, CancellationToken.None);

    public ValueTask<RecentEntries> GetRecentEntriesAsync(AccountId account, ulong beforeSequence, int limit, CancellationToken cancellationToken) =>
        ledger.GetRecentEntriesAsync(account, beforeSequence, limit, CancellationToken.None);

    public ValueTask<ImmutableArray<ulong>> LocateAsync(TransactionId id, CancellationToken cancellationToken) =>
        ledger.LocateAsync(id, CancellationToken.None);

    public ValueTask<AccountBalance?> GetBalanceAsync(AccountId account, CancellationToken cancellationToken) =>
        ledger.GetBalanceAsync(account, CancellationToken.None);

    public ValueTask<ImmutableArray<AccountBalance>> GetBalancesAsync(string addressPrefix, CancellationToken cancellationToken) =>
        ledger.GetBalancesAsync(addressPrefix, CancellationToken.None);
}
