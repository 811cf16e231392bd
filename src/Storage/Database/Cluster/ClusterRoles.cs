using Npgsql;

namespace Florin.Storage.Database.Cluster;

/// <summary>The logins and the database of a private cluster. Run at each start; it changes nothing that is right already.</summary>
internal static class ClusterRoles
{
    public const string Database = "florin";

    public static async Task EnsureAsync(ClusterAddress address, ClusterSecrets secrets, CancellationToken cancellationToken)
    {
        var connection = address.Connection(PrivateCluster.Superuser, secrets.Superuser, "postgres");
        connection.Pooling = false;
        await using var admin = NpgsqlDataSource.Create(connection);
        await using var session = await admin.OpenConnectionAsync(cancellationToken);

        // The passwords are in the statements: no log may hold them, not even after an error.
        await RunAsync(session, "set log_statement = none; set log_min_error_statement = panic; set log_min_duration_statement = -1", cancellationToken);
        await EnsureRoleAsync(session, Roles.Owner, secrets.Owner, cancellationToken);
        await EnsureRoleAsync(session, Roles.App, secrets.App, cancellationToken);
        await EnsureDatabaseAsync(session, Database, cancellationToken);
    }

    /// <summary>Makes a database that <see cref="Roles.Owner"/> owns and <see cref="Roles.App"/> may use, and nobody else.</summary>
    public static async Task EnsureDatabaseAsync(NpgsqlConnection session, string name, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand exists = new("select exists (select from pg_database where datname = $1)", session);
        exists.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        if (await exists.ExecuteScalarAsync(cancellationToken) is not true)
        {
            await RunAsync(session, $"create database {name} owner {Roles.Owner}", cancellationToken);
        }

        await RunAsync(
            session, $"revoke all on database {name} from public; grant connect on database {name} to {Roles.App}", cancellationToken);
    }

    private static async Task EnsureRoleAsync(NpgsqlConnection session, string role, string password, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand exists = new("select exists (select from pg_roles where rolname = $1)", session);
        exists.Parameters.Add(new NpgsqlParameter<string> { TypedValue = role });
        var verb = await exists.ExecuteScalarAsync(cancellationToken) is true ? "alter" : "create";
        await RunAsync(
            session,
            $"{verb} role {role} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password '{password}'",
            cancellationToken);
    }

    private static async Task RunAsync(NpgsqlConnection session, string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(sql, session);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
