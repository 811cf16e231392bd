using Florin.Flows;
using Florin.Ledger;

namespace Florin.Wallets;

/// <summary>The accounts that wallets post to: one place that says the address, normal side and flags of each.</summary>
public static class ChartOfAccounts
{
    private const string UserPrefix = "user:";
    private const string AvailableSuffix = ":available";

    /// <summary>Owed to a user. May not go below zero, pending debits included (fault L-01).</summary>
    public static AccountDefinition UserAvailable(Guid userId, Asset asset) =>
        Credit(UserAvailableAddress(userId), asset, AccountFlags.DebitsMustNotExceedCredits | AccountFlags.Safeguarding);

    public static string UserAvailableAddress(Guid userId) => $"{UserPrefix}{userId:D}{AvailableSuffix}";

    /// <summary>Captured at a provider and not yet settled to the bank; payouts leave from it.</summary>
    public static AccountDefinition PspClearing(string provider, Asset asset) =>
        HouseAccounts.PspClearing(provider, asset);

    /// <summary>Debited from users and not yet proven to be paid.</summary>
    public static AccountDefinition PayoutInTransit(string rail, Asset asset) =>
        Credit($"payout:{rail}:in_transit", asset, AccountFlags.DebitsMustNotExceedCredits | AccountFlags.Safeguarding);

    /// <summary>Money in that nobody is named for yet.</summary>
    public static AccountDefinition Suspense(string source, Asset asset) => HouseAccounts.Suspense(source, asset);

    /// <summary>Paid out, and nobody is named for it yet: what a restored database does not know of. Not safeguarding: it is no longer held.</summary>
    public static AccountDefinition Shortfall(string source, Asset asset) => HouseAccounts.Shortfall(source, asset);

    /// <summary>Owed to a user whose account was frozen or closed when the money came; it goes on to him when that is open again (fault L-12).</summary>
    public static AccountDefinition UserSuspense(Guid userId, Asset asset) =>
        Credit($"suspense:{UserPrefix}{userId:D}", asset, AccountFlags.DebitsMustNotExceedCredits | AccountFlags.Safeguarding);

    /// <summary>The same, owed to a merchant: a payout that came back while its account was frozen or closed.</summary>
    public static AccountDefinition MerchantSuspense(Guid merchant, Asset asset) =>
        Credit($"suspense:merchant:{merchant:D}", asset, AccountFlags.DebitsMustNotExceedCredits | AccountFlags.Safeguarding);

    /// <summary>The user whose available account this is.</summary>
    public static bool TryGetUser(AccountAddress address, out Guid userId)
    {
        userId = Guid.Empty;
        string text = address.Value;
        return text.StartsWith(UserPrefix, StringComparison.Ordinal)
            && text.EndsWith(AvailableSuffix, StringComparison.Ordinal)
            && text.Length > UserPrefix.Length + AvailableSuffix.Length
            && Guid.TryParseExact(text[UserPrefix.Length..^AvailableSuffix.Length], "D", out userId);
    }

    private static AccountDefinition Credit(string address, Asset asset, AccountFlags flags) =>
        new(AccountId.Of(address, asset), NormalSide.Credit, flags);
}
