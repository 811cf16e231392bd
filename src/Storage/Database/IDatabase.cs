using Npgsql;

namespace Florin.Storage.Database;

/// <summary>The PostgreSQL database: what business modules may use for the tables of their own schema.</summary>
public interface IDatabase
{
    /// <summary>Pooled connections with the rights of the application: no right to change or delete ledger rows.</summary>
    NpgsqlDataSource DataSource { get; }

    /// <summary>The same rights on a few connections that only the ledger uses: no number of requests keeps its writer waiting.</summary>
    NpgsqlDataSource LedgerSource => DataSource;
}

/// <summary>The numbered, forward-only SQL files of one module.</summary>
/// <param name="Module">The schema that they make: <c>ledger</c>, <c>flows</c>, <c>wallets</c>.</param>
/// <param name="Order">Modules with a lower number are migrated first.</param>
/// <param name="Assembly">Where the files are embedded, as <c>….Migrations.NNNN_name.sql</c>.</param>
/// <param name="ResourcePrefix">The start of their resource names, which keeps several modules in one assembly apart.</param>
public sealed record MigrationSet(string Module, int Order, System.Reflection.Assembly Assembly, string ResourcePrefix);
