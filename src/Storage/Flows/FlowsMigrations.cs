using Florin.Storage.Database;

namespace Florin.Storage.Flows;

/// <summary>The tables of the flows: schema <c>flows</c>, after the ledger's.</summary>
internal static class FlowsMigrations
{
    public static readonly MigrationSet Set =
        new("flows", 20, typeof(FlowsMigrations).Assembly, "Florin.Storage.Flows.Migrations.");
}
