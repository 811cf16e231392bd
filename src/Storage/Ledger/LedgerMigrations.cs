using Florin.Storage.Database;

namespace Florin.Storage.Ledger;

/// <summary>The tables of the ledger's journal.</summary>
internal static class LedgerMigrations
{
    public static MigrationSet Set { get; } = new("ledger", 10, typeof(LedgerMigrations).Assembly, "Florin.Storage.Ledger.Migrations.");
}
