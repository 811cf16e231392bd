namespace Florin.Ledger.Pipeline;

/// <summary>Keeps a caller's bug on the caller's side: what the state machine and the journal cannot hold would end the writer for everybody.</summary>
internal static class SubmissionShape
{
    private const AccountFlags Flags = AccountFlags.DebitsMustNotExceedCredits | AccountFlags.CreditsMustNotExceedDebits | AccountFlags.Safeguarding;
    private const int ScaleMax = 18;

    /// <exception cref="ArgumentException">A limit is exceeded, a list is missing, or an account definition is none.</exception>
    public static void Check(Submission submission)
    {
        bool isWhole = !submission.Transactions.IsDefault && submission.Transactions.Length <= Submission.TransactionsMax
            && !submission.Accounts.IsDefault && submission.Accounts.Length <= Submission.AccountsMax
            && submission.Transactions.All(transaction => transaction is not null)
            && submission.Accounts.All(IsDefinition)
            && HasBoundedChanges(submission);
        if (!isWhole)
        {
            throw new ArgumentException("Not a submission: too many or missing transactions or accounts, or an undefined account.", nameof(submission));
        }
    }

    /// <exception cref="ArgumentException">Too many transactions or transfers, or a missing one.</exception>
    public static void Check(IReadOnlyList<Transaction> transactions)
    {
        bool isBounded = transactions.Count <= ILedger.BulkTransactionsMax && transactions.All(transaction => transaction is not null)
            && transactions.Sum(ILedger.TransfersOf) <= ILedger.BulkTransfersMax;
        if (!isBounded)
        {
            throw new ArgumentException("Not a bulk: too many or missing transactions, or too many transfers.", nameof(transactions));
        }
    }

    private static bool HasBoundedChanges(Submission submission) =>
        !submission.AccountChanges.IsDefault && submission.AccountChanges.Length <= Submission.AccountChangesMax
        && submission.AccountChanges.All(change => change.Account.Address.Value is not null && change.Account.Asset is not null
            && change.Standing is AccountStanding.Open or AccountStanding.Frozen or AccountStanding.Closed)
        && !submission.Limits.IsDefault && submission.Limits.Length <= Submission.LimitsMax
        && submission.Limits.All(use => use.Key is { Length: > 0 and <= LimitUse.KeyLengthMax } && !use.Key.Any(character => char.IsControl(character) || char.IsSurrogate(character)));

    private static bool IsDefinition(AccountDefinition definition) =>
        definition.Id is { Address.Value: not null, Asset: { Code: not null, Scale: >= 0 and <= ScaleMax } }
        && definition.NormalSide is NormalSide.Debit or NormalSide.Credit
        && (definition.Flags & ~Flags) == 0;
}
