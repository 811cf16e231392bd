using Florin.Identity;
using Florin.Storage.Database;
using Florin.Storage.Flows;
using Florin.Storage.Ledger;
using Florin.Payments;
using Florin.Wallets;

namespace Florin.Tests.Support;

/// <summary>Every module's migrations: each module adds its own line.</summary>
internal static class TestMigrations
{
    public static IReadOnlyList<MigrationSet> All { get; } =
    [
        FlorinSchema.Migrations,
        LedgerStorage.Migrations,
        FlowsMigrations.Set,
        IdentityModule.Migrations,
        WalletsMigrations.Migrations,
        PaymentsMigrations.Migrations,
        SubscriptionsMigrations.Migrations,
    ];
}
