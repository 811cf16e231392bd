using System.Net;
using System.Security.Cryptography;
using Florin.Ledger;
using Florin.Storage.Database;
using Npgsql;
using NpgsqlTypes;

namespace Florin.Identity.ApiKeys;

/// <inheritdoc cref="IApiKeys"/>
internal sealed class StoredApiKeys(IDatabase database, TimeProvider timeProvider, IdSource ids) : IApiKeys
{
    private const string Columns = "id, name, prefix, last_four, scopes, source_networks, created_at, created_by, expires_at, revoked_at";

    public async Task<CreateApiKeyOutcome> CreateAsync(ApiKeyRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        DateTimeOffset now = timeProvider.GetUtcNow();
        Dictionary<string, string[]> errors = ApiKeyRules.Check(request, now);
        if (errors.Count > 0)
        {
            return new CreateApiKeyOutcome.Invalid(errors);
        }

        string plaintext = ApiKeyText.New(ids);
        Invariant.Assert(ApiKeyText.TryParse(plaintext, out ApiKeyText text));
        ApiKey key = new(
            new ApiKeyId(ids.NextId()),
            request.Name!,
            text.Prefix,
            plaintext[^4..],
            [.. request.Scopes.Distinct(StringComparer.Ordinal)],
            request.SourceNetworks.IsDefault ? [] : [.. request.SourceNetworks.Distinct(StringComparer.Ordinal)],
            now,
            request.CreatedBy,
            request.ExpiresAt?.ToUniversalTime(),
            RevokedAt: null);
        await InsertAsync(key, text.Hash, cancellationToken);
        return new CreateApiKeyOutcome.Created(key, plaintext);
    }

    public async Task<ApiKeyCheck> VerifyAsync(string? presented, IPAddress? source, CancellationToken cancellationToken)
    {
        if (!ApiKeyText.TryParse(presented, out ApiKeyText text))
        {
            return new ApiKeyCheck.Refused(ApiKeyRefusal.Unknown);
        }

        await using NpgsqlCommand command = database.DataSource.CreateCommand($"SELECT {Columns}, secret_hash FROM identity.api_key WHERE prefix = $1");
        command.Parameters.Add(new() { Value = text.Prefix });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken) || !CryptographicOperations.FixedTimeEquals(reader.GetFieldValue<byte[]>(10), text.Hash))
        {
            return new ApiKeyCheck.Refused(ApiKeyRefusal.Unknown);
        }

        ApiKey key = Read(reader);
        ApiKeyRefusal? refusal =
            key.RevokedAt is not null ? ApiKeyRefusal.Revoked
            : key.ExpiresAt <= timeProvider.GetUtcNow() ? ApiKeyRefusal.Expired
            : !SourceNetworks.Allow(key.SourceNetworks, source) ? ApiKeyRefusal.SourceNotAllowed
            : null;
        return refusal is { } reason ? new ApiKeyCheck.Refused(reason) : new ApiKeyCheck.Accepted(key);
    }

    public async Task<bool> RevokeAsync(ApiKeyId id, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = database.DataSource.CreateCommand(
            "UPDATE identity.api_key SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1");
        command.Parameters.Add(new() { Value = id.Value });
        command.Parameters.Add(new() { Value = timeProvider.GetUtcNow() });
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    public async Task<IReadOnlyList<ApiKey>> ListAsync(ApiKeyId? before, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, ApiKeyLimits.PageMax);

        // Ids are ordered by the time of their making, so the id is the cursor.
        await using NpgsqlCommand command = database.DataSource.CreateCommand(
            $"SELECT {Columns} FROM identity.api_key WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2");
        command.Parameters.Add(new() { Value = (object?)before?.Value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new() { Value = limit });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        List<ApiKey> keys = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            keys.Add(Read(reader));
        }

        return keys;
    }

    private async Task InsertAsync(ApiKey key, byte[] secretHash, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = database.DataSource.CreateCommand(
            """
            INSERT INTO identity.api_key (id, name, prefix, secret_hash, last_four, scopes, source_networks, created_at, created_by, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """);
        command.Parameters.Add(new() { Value = key.Id.Value });
        command.Parameters.Add(new() { Value = key.Name });
        command.Parameters.Add(new() { Value = key.Prefix });
        command.Parameters.Add(new() { Value = secretHash, NpgsqlDbType = NpgsqlDbType.Bytea });
        command.Parameters.Add(new() { Value = key.LastFour });
        command.Parameters.Add(new() { Value = key.Scopes.ToArray() });
        command.Parameters.Add(new() { Value = key.SourceNetworks.ToArray() });
        command.Parameters.Add(new() { Value = key.CreatedAt });
        command.Parameters.Add(new() { Value = key.CreatedBy });
        command.Parameters.Add(new() { Value = (object?)key.ExpiresAt ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static ApiKey Read(NpgsqlDataReader reader) => new(
        new ApiKeyId(reader.GetGuid(0)),
        reader.GetString(1),
        reader.GetString(2),
        reader.GetString(3),
        [.. reader.GetFieldValue<string[]>(4)],
        [.. reader.GetFieldValue<string[]>(5)],
        reader.GetFieldValue<DateTimeOffset>(6),
        reader.GetString(7),
        reader.IsDBNull(8) ? null : reader.GetFieldValue<DateTimeOffset>(8),
        reader.IsDBNull(9) ? null : reader.GetFieldValue<DateTimeOffset>(9));
}
