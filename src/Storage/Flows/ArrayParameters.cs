using Florin.Flows;
using Npgsql;
using NpgsqlTypes;

namespace Florin.Storage.Flows;

/// <summary>Column-wise parameters for <c>unnest</c>.</summary>
internal static class ArrayParameters
{
    public static void AddArray<T>(this NpgsqlBatchCommand command, FlowChange[] changes, NpgsqlDbType type, Func<FlowChange, T> select) =>
        command.Parameters.Add(new NpgsqlParameter<T[]>
        {
            NpgsqlDbType = NpgsqlDbType.Array | type,
            TypedValue = Array.ConvertAll(changes, change => select(change)),
        });

    public static void AddTexts(this NpgsqlBatchCommand command, FlowChange[] changes, Func<FlowChange, string?> select) =>
        command.AddArray(changes, NpgsqlDbType.Text, change => StorableText.Of(select(change)));

    public static void AddTimes(this NpgsqlBatchCommand command, FlowChange[] changes, Func<FlowChange, DateTimeOffset?> select) =>
        command.AddArray(changes, NpgsqlDbType.TimestampTz, change => select(change)?.UtcDateTime);
}
