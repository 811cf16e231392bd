using System.Collections.Immutable;
using Npgsql;
using NpgsqlTypes;

namespace Florin.Storage.Flows;

/// <summary>Short forms for one statement on a pooled connection, with positional parameters.</summary>
internal static class Sql
{
    public static async ValueTask<ImmutableArray<T>> QueryAsync<T>(
        this NpgsqlDataSource dataSource, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object?[] values)
    {
        await using NpgsqlCommand command = dataSource.CreateCommand(sql);
        foreach (object? value in values)
        {
            command.Parameters.Add(Parameter(value));
        }

        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        ImmutableArray<T>.Builder rows = ImmutableArray.CreateBuilder<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows.DrainToImmutable();
    }

    public static async ValueTask<int> ExecuteAsync(
        this NpgsqlDataSource dataSource, string sql, CancellationToken cancellationToken, params object?[] values)
    {
        await using NpgsqlCommand command = dataSource.CreateCommand(sql);
        foreach (object? value in values)
        {
            command.Parameters.Add(Parameter(value));
        }

        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>A null has no type of its own; its statement casts it.</summary>
    public static NpgsqlParameter Parameter(object? value) => value switch
    {
        null => new NpgsqlParameter { Value = DBNull.Value },
        DateTimeOffset time => new NpgsqlParameter { Value = time.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz },
        string text => new NpgsqlParameter { Value = StorableText.Of(text), NpgsqlDbType = NpgsqlDbType.Text },
        _ => new NpgsqlParameter { Value = value },
    };
}
