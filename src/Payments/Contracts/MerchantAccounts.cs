using Florin.Flows;
using Florin.Ledger;

namespace Florin.Payments;

/// <summary>The accounts that payments post to: one place that says the address, normal side and flags of each.</summary>
public static class MerchantAccounts
{
    /// <summary>Owed to a merchant. May not go below zero, pending debits included.</summary>
    public static AccountDefinition Available(Guid merchant, Asset asset) => HouseAccounts.MerchantAvailable(merchant, asset);

    public static string AvailableAddress(Guid merchant) => HouseAccounts.MerchantAvailableAddress(merchant);

    /// <summary>Owed by a merchant: a dispute after the money left (fault R-09). What the merchant takes in next repays it first.</summary>
    public static AccountDefinition Receivable(Guid merchant, Asset asset) => HouseAccounts.MerchantReceivable(merchant, asset);

    /// <summary>Taken from a merchant while a dispute is open; pending: kept back of captures for a time.</summary>
    public static AccountDefinition Reserve(Guid merchant, Asset asset) =>
        Credit($"reserve:{merchant:D}", asset, AccountFlags.DebitsMustNotExceedCredits);

    /// <summary>What a provider holds of disputed payments.</summary>
    public static AccountDefinition DisputeHeld(string provider, Asset asset) =>
        new(AccountId.Of($"dispute:{provider}:held", asset), NormalSide.Debit, AccountFlags.CreditsMustNotExceedDebits);

    /// <summary>What a provider took that had been given back before: claimed from it, an open item until it is paid or written off (fault R-05).</summary>
    public static AccountDefinition Claim(string provider, Asset asset) =>
        new(AccountId.Of($"claim:{provider}", asset), NormalSide.Debit, AccountFlags.None);

    public static AccountDefinition Fees(Asset asset) => Credit("revenue:fees", asset, AccountFlags.None);

    public static AccountDefinition PspFees(Asset asset) =>
        new(AccountId.Of("expense:psp_fees", asset), NormalSide.Debit, AccountFlags.None);

    /// <summary>What a provider settled less than was captured: the house's loss until somebody explains it (fault R-14).</summary>
    public static AccountDefinition SettlementDifferences(Asset asset) =>
        new(AccountId.Of("expense:settlement_differences", asset), NormalSide.Debit, AccountFlags.None);

    /// <summary>
    /// A memorandum: what of one payment was captured and is neither given back nor disputed. It cannot go below zero, so no number of concurrent refunds
    /// can give back more than was captured (fault R-01).
    /// </summary>
    public static AccountDefinition Refundable(Guid payment, Asset asset) =>
        Credit($"payment:{payment:D}:refundable", asset, AccountFlags.DebitsMustNotExceedCredits);

    /// <summary>The other side of every <see cref="Refundable"/>: no money.</summary>
    public static AccountDefinition Memorandum(Asset asset) =>
        new(AccountId.Of("memo:refundable", asset), NormalSide.Debit, AccountFlags.None);

    private static AccountDefinition Credit(string address, Asset asset, AccountFlags flags) =>
        new(AccountId.Of(address, asset), NormalSide.Credit, flags);
}
