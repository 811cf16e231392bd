using Florin.Ledger;
using Florin.Ledger.Cluster;
using Florin.Server.Http;
using Florin.Storage.Database;
using Npgsql;

namespace Florin.Server.Hosting;

/// <summary>PostgreSQL answers.</summary>
internal sealed class DatabaseHealth(IDatabase database) : IHealthCheck
{
    public string Name => "database";

    public bool IsNeeded => true;

    public async ValueTask<string> GetStateAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = database.DataSource.CreateCommand("select 1");
        await command.ExecuteScalarAsync(cancellationToken);
        return HealthPart.Ready;
    }
}

/// <summary>The ledger's writer takes a question through its queue, wherever it is.</summary>
internal sealed class LedgerHealth(ILedger ledger, ILedgerNode node) : IHealthCheck
{
    private static readonly AccountId Probe = AccountId.Of("health:probe", Assets.Get("USD"));

    public string Name => "ledger";

    public bool IsNeeded => true;

    public string Role => JsonConventions.SnakeCase(node.Role.ToString());

    public async ValueTask<string> GetStateAsync(CancellationToken cancellationToken)
    {
        await ledger.GetBalanceAsync(Probe, cancellationToken);
        return HealthPart.Ready;
    }
}
