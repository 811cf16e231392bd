namespace Florin.Storage.Database;

/// <summary>The two rights that Florin works with.</summary>
internal static class Roles
{
    /// <summary>Owns the private database and runs its migrations.</summary>
    public const string Owner = "florin_owner";

    /// <summary>What the server works as: it may insert into the ledger, not change it.</summary>
    public const string App = "florin_app";
}
