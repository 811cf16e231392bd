using Florin.Flows;
using Npgsql;

namespace Florin.Storage.Flows;

/// <summary>How rows of the schema become the contract's records.</summary>
internal static class FlowRows
{
    /// <summary>The columns that <see cref="ReadFlow"/> reads, of a table or alias <c>f</c>.</summary>
    public const string FlowColumns =
        "f.id, f.kind, f.state, f.version, f.data::text, f.owner_id, f.request_hash, f.provider_reference, " +
        "f.created_at, f.updated_at, f.due_at, f.attempts, f.parked_reason";

    /// <summary>How many they are: the ordinal of the first column after them.</summary>
    public const int FlowColumnCount = 13;

    public static Flow ReadFlow(NpgsqlDataReader row) => new()
    {
        Id = new FlowId(row.GetGuid(0)),
        Kind = row.GetString(1),
        State = row.GetString(2),
        Version = row.GetInt32(3),
        Data = row.GetString(4),
        OwnerId = row.GetString(5),
        RequestHash = TextOrNull(row, 6),
        ProviderReference = TextOrNull(row, 7),
        CreatedAt = Time(row, 8),
        UpdatedAt = Time(row, 9),
        DueAt = row.IsDBNull(10) ? null : Time(row, 10),
        Attempts = row.GetInt32(11),
        ParkedReason = TextOrNull(row, 12),
    };

    public static FlowHistoryEntry ReadHistory(NpgsqlDataReader row) => new(
        new FlowId(row.GetGuid(0)), row.GetInt32(1), TextOrNull(row, 2), row.GetString(3), Time(row, 4), row.GetString(5), row.GetString(6),
        TextOrNull(row, 7));

    public static FlowSignal ReadSignal(NpgsqlDataReader row) =>
        new(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), Time(row, 5));

    public static DateTimeOffset Time(NpgsqlDataReader row, int ordinal) => new(row.GetDateTime(ordinal), TimeSpan.Zero);

    public static DateTimeOffset? TimeOrNull(NpgsqlDataReader row, int ordinal) => row.IsDBNull(ordinal) ? null : Time(row, ordinal);

    public static string? TextOrNull(NpgsqlDataReader row, int ordinal) => row.IsDBNull(ordinal) ? null : row.GetString(ordinal);
}
