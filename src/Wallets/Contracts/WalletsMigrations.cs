using Florin.Storage.Database;

namespace Florin.Wallets;

/// <summary>The schema <c>wallets</c>, which no other module reads.</summary>
public static class WalletsMigrations
{
    public static MigrationSet Migrations { get; } =
        new("wallets", 40, typeof(WalletsMigrations).Assembly, "Florin.Wallets.FundingSources.Migrations.");
}
