using Florin.Ledger;
using Florin.Storage.Database;
using Npgsql;

namespace Florin.Identity.Accounts;

/// <inheritdoc cref="IUsers"/>
internal sealed class Users(
    IDatabase database, PasswordHashes passwords, KnownUsers known, IdentityOptions options, TimeProvider timeProvider, IdSource ids) : IUsers
{
    private const string SelectUser = "SELECT id, email, name, kind, created_at FROM identity.user_account";

    public async Task<RegisterOutcome> RegisterAsync(Registration registration, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(registration);
        if (RegistrationRules.Check(registration, options, out Dictionary<string, string[]> errors) is not { } accepted)
        {
            return new RegisterOutcome.Invalid(errors);
        }

        UserId id = new(ids.NextId());
        string passwordHash = await passwords.HashAsync(accepted.Password, cancellationToken);

        // The unique index decides who is first; looking before inserting would decide it twice.
        await using NpgsqlCommand command = database.DataSource.CreateCommand(
            """
            INSERT INTO identity.user_account (id, email, email_normalized, password_hash, name, kind, security_stamp, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (email_normalized) DO NOTHING
            """);
        command.Parameters.Add(new() { Value = id.Value });
        command.Parameters.Add(new() { Value = accepted.Email.Text });
        command.Parameters.Add(new() { Value = accepted.Email.Normalized });
        command.Parameters.Add(new() { Value = passwordHash });
        command.Parameters.Add(new() { Value = accepted.Name });
        command.Parameters.Add(new() { Value = UserKindText.Write(accepted.Kind) });
        command.Parameters.Add(new() { Value = ids.NextId() });
        command.Parameters.Add(new() { Value = timeProvider.GetUtcNow() });
        int inserted = await command.ExecuteNonQueryAsync(cancellationToken);
        return inserted == 1 ? new RegisterOutcome.Created(id) : new RegisterOutcome.EmailTaken();
    }

    public async Task<User?> FindByEmailAsync(string email, CancellationToken cancellationToken)
    {
        if (!EmailAddress.TryParse(email, out EmailAddress address))
        {
            return null;
        }

        await using NpgsqlCommand command = database.DataSource.CreateCommand($"{SelectUser} WHERE email_normalized = $1");
        command.Parameters.Add(new() { Value = address.Normalized });
        return await ReadAsync(command, cancellationToken);
    }

    public async Task<User?> GetAsync(UserId id, CancellationToken cancellationToken)
    {
        if (known.TryFind(id, out User? user))
        {
            return user;
        }

        await using NpgsqlCommand command = database.DataSource.CreateCommand($"{SelectUser} WHERE id = $1");
        command.Parameters.Add(new() { Value = id.Value });
        return await ReadAsync(command, cancellationToken);
    }

    private async Task<User?> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            return null;
        }

        UserKind? kind = UserKindText.Read(reader.GetString(3));
        Invariant.Assert(kind is not null);
        User user = new(
            new UserId(reader.GetGuid(0)), reader.GetString(1), reader.GetString(2), kind.Value, reader.GetFieldValue<DateTimeOffset>(4));
        known.Remember(user);
        return user;
    }
}
