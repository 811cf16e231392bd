using Florin.Identity;
using Florin.Storage.Database;

namespace Florin.Tests.Support;

/// <summary>Every module's migrations: each module adds its own line.</summary>
internal static class TestMigrations
{
    public static IReadOnlyList<MigrationSet> All { get; } =
    [
        FlorinSchema.Migrations,
        IdentityModule.Migrations,
    ];
}
