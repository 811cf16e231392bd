using Florin.Identity.Accounts;
using Florin.Storage.Database;
using Npgsql;

namespace Florin.Identity.Sessions;

/// <summary>What a login compares with, and what its session begins with.</summary>
internal sealed record Credentials(UserId User, UserKind Kind, string PasswordHash, Guid SecurityStamp)
{
    public override string ToString() => $"user:{User}";
}

/// <summary>The credentials of users in the database.</summary>
internal sealed class CredentialTable(IDatabase database)
{
    public async Task<Credentials?> FindAsync(EmailAddress email, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = database.DataSource.CreateCommand(
            "SELECT id, kind, password_hash, security_stamp FROM identity.user_account WHERE email_normalized = $1");
        command.Parameters.Add(new() { Value = email.Normalized });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            return null;
        }

        UserKind? kind = UserKindText.Read(reader.GetString(1));
        Florin.Ledger.Invariant.Assert(kind is not null);
        return new Credentials(new UserId(reader.GetGuid(0)), kind.Value, reader.GetString(2), reader.GetGuid(3));
    }

    /// <summary>Replaces a hash by a stronger one of the same password; does nothing when another login did so first.</summary>
    public async Task StrengthenAsync(Credentials credentials, string strongerHash, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = database.DataSource.CreateCommand(
            "UPDATE identity.user_account SET password_hash = $3 WHERE id = $1 AND password_hash = $2");
        command.Parameters.Add(new() { Value = credentials.User.Value });
        command.Parameters.Add(new() { Value = credentials.PasswordHash });
        command.Parameters.Add(new() { Value = strongerHash });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
