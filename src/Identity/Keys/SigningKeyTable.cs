using System.Security.Cryptography;
using Florin.Storage.Database;
using Npgsql;
using NpgsqlTypes;

namespace Florin.Identity.Keys;

/// <summary>The table of signing keys, which all processes share.</summary>
internal sealed class SigningKeyTable(IDatabase database, MasterKey masterKey, TimeProvider timeProvider)
{
    /// <summary>Serialises the making of keys across processes: two that start at once make one key. Chosen at random, once.</summary>
    private const long AdvisoryLock = 0x666c_6f72_6b65_7973;

    /// <summary>Keys that verify now, the newest first.</summary>
    public async Task<List<SigningKeyRow>> ReadAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        return await ReadAsync(connection, cancellationToken);
    }

    /// <summary>Makes a key unless one was made at or after <paramref name="unlessMadeSince"/>; older ones verify until <paramref name="retireOthersAt"/>.</summary>
    /// <returns>Keys that verify now, the newest first.</returns>
    public async Task<List<SigningKeyRow>> MakeAsync(
        DateTimeOffset? unlessMadeSince, DateTimeOffset retireOthersAt, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (NpgsqlCommand gate = new("SELECT pg_advisory_xact_lock($1)", connection, transaction))
        {
            gate.Parameters.Add(new() { Value = AdvisoryLock });
            await gate.ExecuteNonQueryAsync(cancellationToken);
        }

        List<SigningKeyRow> known = await ReadAsync(connection, cancellationToken);
        if (unlessMadeSince is not null && known.Count > 0 && known[0].CreatedAt >= unlessMadeSince)
        {
            return known;
        }

        await RetireAsync(connection, transaction, retireOthersAt, cancellationToken);
        await InsertAsync(connection, transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return await ReadAsync(connection, cancellationToken);
    }

    private async Task<List<SigningKeyRow>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(
            """
            SELECT kid, public_key, private_key, created_at, retired_at FROM identity.signing_key
            WHERE retired_at IS NULL OR retired_at > $1 ORDER BY number DESC
            """,
            connection);
        command.Parameters.Add(new() { Value = timeProvider.GetUtcNow() });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        List<SigningKeyRow> rows = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new SigningKeyRow(
                reader.GetString(0),
                reader.GetFieldValue<byte[]>(1),
                reader.GetFieldValue<byte[]>(2),
                reader.GetFieldValue<DateTimeOffset>(3),
                reader.IsDBNull(4) ? null : reader.GetFieldValue<DateTimeOffset>(4)));
        }

        return rows;
    }

    private static async Task RetireAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, DateTimeOffset retireAt, CancellationToken cancellationToken)
    {
        // A key that retires earlier keeps its time: a later rotation must not lengthen a life.
        await using NpgsqlCommand command = new(
            "UPDATE identity.signing_key SET retired_at = $1 WHERE retired_at IS NULL OR retired_at > $1", connection, transaction);
        command.Parameters.Add(new() { Value = retireAt });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task InsertAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string kid = SigningKey.Thumbprint(key.ExportParameters(includePrivateParameters: false));
        byte[] pkcs8 = key.ExportPkcs8PrivateKey();
        byte[] wrapped = masterKey.Wrap(pkcs8, kid);
        CryptographicOperations.ZeroMemory(pkcs8);

        await using NpgsqlCommand command = new(
            "INSERT INTO identity.signing_key (kid, public_key, private_key, created_at) VALUES ($1, $2, $3, $4)", connection, transaction);
        command.Parameters.Add(new() { Value = kid });
        command.Parameters.Add(new() { Value = key.ExportSubjectPublicKeyInfo(), NpgsqlDbType = NpgsqlDbType.Bytea });
        command.Parameters.Add(new() { Value = wrapped, NpgsqlDbType = NpgsqlDbType.Bytea });
        command.Parameters.Add(new() { Value = timeProvider.GetUtcNow() });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
