namespace Florin.Ledger.StateMachine;

/// <summary>Account ids by their texts. The address carries its hash; an address holds few assets, so that two characters of the code spread them.</summary>
internal sealed class AccountIdComparer : IEqualityComparer<AccountId>
{
    public static AccountIdComparer Instance { get; } = new();

    public bool Equals(AccountId x, AccountId y) =>
        string.Equals(x.Address.Value, y.Address.Value, StringComparison.Ordinal)
        && (ReferenceEquals(x.Asset, y.Asset) || x.Asset == y.Asset);

    public int GetHashCode(AccountId obj)
    {
        // What a caller left out is an account that is not there, not an error of the ledger.
        return obj.Asset is { Code: [var first, .., var last] } ? unchecked(obj.Address.GetHashCode() + (first * 31) + last) : 0;
    }
}
