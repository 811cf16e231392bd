namespace Florin.Ledger.Pipeline;

/// <summary>Keeps a caller's bug on the caller's side: what the state machine and the journal cannot hold would end the writer for everybody.</summary>
internal static class SubmissionShape
{
    private const AccountFlags Flags = AccountFlags.DebitsMustNotExceedCredits | AccountFlags.CreditsMustNotExceedDebits;
    private const int ScaleMax = 18;

    /// <exception cref="ArgumentException">A limit is exceeded, a list is missing, or an account definition is none.</exception>
    public static void Check(Submission submission)
    {
        bool isWhole = !submission.Transactions.IsDefault && submission.Transactions.Length <= Submission.TransactionsMax
            && !submission.Accounts.IsDefault && submission.Accounts.Length <= Submission.AccountsMax
            && submission.Transactions.All(transaction => transaction is not null)
            && submission.Accounts.All(IsDefinition);
        if (!isWhole)
        {
            throw new ArgumentException("Not a submission: too many or missing transactions or accounts, or an undefined account.", nameof(submission));
        }
    }

    private static bool IsDefinition(AccountDefinition definition) =>
        definition.Id is { Address.Value: not null, Asset: { Code: not null, Scale: >= 0 and <= ScaleMax } }
        && definition.NormalSide is NormalSide.Debit or NormalSide.Credit
        && (definition.Flags & ~Flags) == 0;
}
