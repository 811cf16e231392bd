using Florin.Ledger;

namespace Florin.Flows;

/// <summary>The house's accounts that several modules post to: an account is opened with one definition, whoever is first.</summary>
public static class HouseAccounts
{
    /// <summary>Captured at a provider and not yet settled to the bank; held for customers, so it backs what they are owed (fault L-09).</summary>
    public static AccountDefinition PspClearing(string provider, Asset asset) =>
        new(AccountId.Of($"psp:{provider}:clearing", asset), NormalSide.Debit, AccountFlags.Safeguarding);

    /// <summary>Money in that nobody is named for yet; whoever it is, it is owed.</summary>
    public static AccountDefinition Suspense(string source, Asset asset) =>
        new(AccountId.Of($"suspense:{source}", asset), NormalSide.Credit, AccountFlags.Safeguarding);
}
