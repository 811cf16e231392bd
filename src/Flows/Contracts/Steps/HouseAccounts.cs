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

    /// <summary>Paid out, and nobody is named for it yet. Not safeguarding: it is no longer held.</summary>
    public static AccountDefinition Shortfall(string source, Asset asset) =>
        new(AccountId.Of($"shortfall:{source}", asset), NormalSide.Debit, AccountFlags.None);

    /// <summary>Customers' money at a bank of ours.</summary>
    public static AccountDefinition BankSafeguarded(string bank, Asset asset) =>
        new(AccountId.Of($"bank:{bank}:safeguarded", asset), NormalSide.Debit, AccountFlags.Safeguarding);

    /// <summary>Owed to a merchant. May not go below zero, pending debits included.</summary>
    public static AccountDefinition MerchantAvailable(Guid merchant, Asset asset) => new(
        AccountId.Of(MerchantAvailableAddress(merchant), asset), NormalSide.Credit, AccountFlags.DebitsMustNotExceedCredits | AccountFlags.Safeguarding);

    public static string MerchantAvailableAddress(Guid merchant) => $"merchant:{merchant:D}:available";

    /// <summary>Owed by a merchant: a dispute after the money left (fault R-09). What the merchant takes in next repays it first.</summary>
    public static AccountDefinition MerchantReceivable(Guid merchant, Asset asset) =>
        new(AccountId.Of($"merchant:{merchant:D}:receivable", asset), NormalSide.Debit, AccountFlags.CreditsMustNotExceedDebits);

    /// <summary>The house's own money at a bank; below zero it is what the house still has to move to what is safeguarded.</summary>
    public static AccountDefinition BankOperating(string bank, Asset asset) =>
        new(AccountId.Of($"bank:{bank}:operating", asset), NormalSide.Debit, AccountFlags.None);

    /// <summary>What the house lost, or gained below zero, by rates of exchange.</summary>
    public static AccountDefinition ExchangeResult(Asset asset) => new(AccountId.Of("fx:gain_loss", asset), NormalSide.Debit, AccountFlags.None);
}
