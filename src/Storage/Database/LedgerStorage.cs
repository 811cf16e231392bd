using Florin.Ledger;
using Florin.Ledger.Cluster;
using Florin.Ledger.Journal;
using Florin.Storage.Ledger;
using Florin.Storage.Ledger.Audit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Florin.Storage.Database;

/// <summary>The ledger on PostgreSQL, for the composition root.</summary>
public static class LedgerStorage
{
    /// <summary>The migrations of the ledger's schema.</summary>
    public static MigrationSet Migrations => LedgerMigrations.Set;

    /// <summary>Adds the ledger of a process that has it alone, and its history. Needs an <see cref="IDatabase"/> and a <see cref="TimeProvider"/>.</summary>
    public static IServiceCollection AddLedgerStorage(this IServiceCollection services, LedgerOptions options)
    {
        services.AddLedgerReads();
        services.AddSingleton<ILedgerJournal>(provider => new PostgresLedgerJournal(
            provider.GetRequiredService<IDatabase>().LedgerSource,
            provider.GetServices<IParticipantWriter>(),
            provider.GetRequiredService<ILogger<PostgresLedgerJournal>>()));
        services.AddSingleton(provider => LedgerFactory.Create(
            provider.GetRequiredService<ILedgerJournal>(),
            provider.GetRequiredService<TimeProvider>(),
            options,
            provider.GetRequiredService<ILedgerEvents>()));
        return services;
    }

    /// <summary>
    /// Adds the ledger as one node of any number on the same database, and its history. Needs an <see cref="IDatabase"/>, an
    /// <see cref="ILedgerForwarder"/>, a <see cref="TimeProvider"/> and an <see cref="IdSource"/>.
    /// </summary>
    public static IServiceCollection AddLedgerNode(this IServiceCollection services, LedgerOptions options, LedgerNodeOptions nodeOptions)
    {
        services.AddLedgerReads();
        services.TryAddSingleton<ILedgerNodeEvents>(provider => provider.GetRequiredService<LedgerLog>());
        services.AddSingleton(provider => LedgerFactory.CreateNode(Parts(provider, options, nodeOptions)).Ledger);
        services.AddSingleton(provider => (ILedgerNode)provider.GetRequiredService<ILedgerHost>());
        return services;
    }

    private static void AddLedgerReads(this IServiceCollection services)
    {
        services.AddMetrics();
        services.TryAddSingleton<LedgerLog>();
        services.TryAddSingleton<ILedgerEvents>(provider => provider.GetRequiredService<LedgerLog>());
        services.AddSingleton<ILedger>(provider => provider.GetRequiredService<ILedgerHost>());
        services.AddSingleton<ILedgerHistory, PostgresLedgerHistory>();
    }

    private static LedgerNodeParts Parts(IServiceProvider provider, LedgerOptions options, LedgerNodeOptions nodeOptions)
    {
        NpgsqlDataSource source = provider.GetRequiredService<IDatabase>().LedgerSource;
        IParticipantWriter[] writers = [.. provider.GetServices<IParticipantWriter>()];
        ILogger<PostgresLedgerJournal> logger = provider.GetRequiredService<ILogger<PostgresLedgerJournal>>();
        return new LedgerNodeParts
        {
            Lease = new PostgresLedgerLease(source),
            Journal = term => new PostgresLedgerJournal(source, writers, logger, term),
            Forwarder = provider.GetRequiredService<ILedgerForwarder>(),
            TimeProvider = provider.GetRequiredService<TimeProvider>(),
            IdSource = provider.GetRequiredService<IdSource>(),
            Options = options,
            NodeOptions = nodeOptions,
            Events = provider.GetRequiredService<ILedgerEvents>(),
            NodeEvents = provider.GetRequiredService<ILedgerNodeEvents>(),
        };
    }

    /// <summary>Verification and rebuilding, for commands.</summary>
    /// <param name="owner">Connections with the rights of the database's owner.</param>
    public static ILedgerAudit Audit(NpgsqlDataSource owner) => new LedgerAudit(owner);

    /// <summary>Writes the whole ledger to a file. A server may run meanwhile.</summary>
    /// <returns>How many transfers were written.</returns>
    /// <exception cref="InvalidDataException">The ledger does not hang together.</exception>
    public static ValueTask<long> ExportAsync(
        NpgsqlDataSource owner, Stream to, IProgress<LedgerAuditProgress> progress, CancellationToken cancellationToken) =>
        new LedgerExport(owner).RunAsync(to, progress, cancellationToken);

    /// <summary>Reads an exported ledger into an empty one, all of it or nothing, and makes the totals.</summary>
    /// <returns>How many transfers were read.</returns>
    /// <exception cref="InvalidDataException">The file is foreign, cut, damaged or put together anew. Nothing was changed.</exception>
    /// <exception cref="LedgerUnavailableException">The ledger is not empty, or a server holds it. Nothing was changed.</exception>
    public static async ValueTask<long> ImportAsync(
        NpgsqlDataSource owner, Stream from, IProgress<LedgerAuditProgress> progress, CancellationToken cancellationToken)
    {
        long transfers = await new LedgerImport(owner).RunAsync(from, progress, cancellationToken);
        await Audit(owner).RebuildAsync(progress, cancellationToken);
        return transfers;
    }
}
