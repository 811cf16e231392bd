using Npgsql;

namespace Florin.Storage.Database;

/// <summary>What a PostgreSQL must be before money is recorded in it.</summary>
internal static class ServerCheck
{
    private const int VersionMin = 150000;

    /// <exception cref="DatabaseRefusedException">It cannot be reached, or it is older than 15.</exception>
    public static async Task RequireVersionAsync(
        NpgsqlDataSource source, NpgsqlConnectionStringBuilder address, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = source.CreateCommand("select current_setting('server_version_num')::int, current_setting('server_version')");
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            if (reader.GetInt32(0) < VersionMin)
            {
                throw new DatabaseRefusedException(
                    $"The database {DatabaseUrl.Masked(address)} is PostgreSQL {reader.GetString(1)}, and Florin needs 15 or newer.");
            }
        }
        catch (NpgsqlException exception)
        {
            throw new DatabaseRefusedException(
                $"The database {DatabaseUrl.Masked(address)} cannot be used: {exception.Message}", exception);
        }
    }

    /// <summary>Asks on the connections that will be used, because a role or a database may have settings of its own.</summary>
    /// <exception cref="DatabaseRefusedException">A commit that it acknowledges may be lost.</exception>
    public static async Task RequireDurableAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(
            """
            select name, setting from pg_settings
            where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off'
            order by name
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<string> off = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            off.Add(reader.GetString(0));
        }

        if (off.Count > 0)
        {
            throw new DatabaseRefusedException(
                $"The database may lose what it has acknowledged, because {string.Join(" and ", off)} is off: turn it on.");
        }
    }
}
