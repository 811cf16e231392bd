using Microsoft.Extensions.Logging;
using Npgsql;

namespace Florin.Storage.Database;

/// <summary>The rights on a PostgreSQL that is not ours: the given login owns, and works as <c>florin_app</c> where it may.</summary>
internal sealed partial class ExternalDatabase(
    NpgsqlDataSource owner, NpgsqlConnectionStringBuilder address, ILogger logger)
{
    /// <summary>Makes the role where it is missing and may be made.</summary>
    /// <returns>Whether the role exists.</returns>
    public async Task<bool> EnsureAppRoleAsync(CancellationToken cancellationToken)
    {
        if (!await IsTrueAsync($"select exists (select from pg_roles where rolname = '{Roles.App}')", cancellationToken)
            && !await TryAsync($"create role {Roles.App} nologin", cancellationToken))
        {
            return false;
        }

        // Whoever makes a role may not act as it before PostgreSQL 16, nor after without being a member.
        if (!await IsTrueAsync($"select pg_has_role(current_user, '{Roles.App}', 'member')", cancellationToken))
        {
            await TryAsync($"grant {Roles.App} to current_user", cancellationToken);
        }

        return true;
    }

    /// <summary>The connections of the server, after the migrations gave the role its rights.</summary>
    public async Task<(NpgsqlDataSource App, NpgsqlDataSource Ledger)> OpenAppAsync(bool hasAppRole, CancellationToken cancellationToken)
    {
        if (hasAppRole)
        {
            NpgsqlConnectionStringBuilder asApp = new(address.ConnectionString)
            {
                Options = $"{address.Options} -c role={Roles.App}".Trim(),

                // The reset of a pooled connection would give it the owner's rights back.
                NoResetOnClose = true,
            };
            var source = Connections.App(asApp);
            if (await IsAppAsync(source, cancellationToken))
            {
                return (source, Connections.Ledger(asApp));
            }

            await source.DisposeAsync();
        }

        LogOwnerOnly(logger, Roles.App);
        return (Connections.App(address), Connections.Ledger(address));
    }

    // A pooler may ignore the option; an older database may have been migrated before the role was there.
    private static async Task<bool> IsAppAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = source.CreateCommand(
                $"select current_user = '{Roles.App}' and has_schema_privilege('florin', 'usage')");
            return await command.ExecuteScalarAsync(cancellationToken) is true;
        }
        catch (PostgresException)
        {
            return false;
        }
    }

    private async Task<bool> IsTrueAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = owner.CreateCommand(sql);
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    private async Task<bool> TryAsync(string sql, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = owner.CreateCommand(sql);
            await command.ExecuteNonQueryAsync(cancellationToken);
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.InsufficientPrivilege
            or PostgresErrorCodes.DuplicateObject or PostgresErrorCodes.UniqueViolation)
        {
            // Another server may have made it at the same instant.
            return exception.SqlState != PostgresErrorCodes.InsufficientPrivilege;
        }
    }

    [LoggerMessage(
        EventId = 2101,
        Level = LogLevel.Warning,
        Message = "The database login may not work as the role {Role}: it owns the tables, so only triggers guard the ledger against changes.")]
    private static partial void LogOwnerOnly(ILogger logger, string role);
}
