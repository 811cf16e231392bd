using System.Collections.Immutable;
using Florin.Flows;
using Npgsql;
using NpgsqlTypes;

namespace Florin.Storage.Flows;

/// <summary>Adds the transitions of the code to the declared ones of the database.</summary>
/// <remarks>
/// It takes none away: a server that starts does not know whether a newer one runs beside it, whose transitions it must not forbid (fault T-05). A
/// transition that no release uses any more is taken away by a migration.
/// </remarks>
internal static class FlowDeclarations
{
    // Several processes start at the same time; one writes the table, the others find it written.
    private const string Lock = "select pg_advisory_xact_lock(hashtextextended('florin/flows/declare', 0))";

    private const string Declare = """
        insert into flows.transition (kind, from_state, to_state, events, postings)
        select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
        on conflict (kind, from_state, to_state) do update set events = excluded.events, postings = excluded.postings
        where (transition.events, transition.postings) is distinct from (excluded.events, excluded.postings)
        """;

    public static async ValueTask WriteAsync(
        NpgsqlDataSource dataSource, ImmutableArray<FlowDefinition> definitions, CancellationToken cancellationToken)
    {
        Row[] rows = [.. definitions.SelectMany(Rows)];

        await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using NpgsqlBatch batch = new(connection, transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Lock));
        batch.BatchCommands.Add(Command(
            Declare,
            Column(rows, row => row.Kind),
            Column(rows, row => row.From),
            Column(rows, row => row.To),
            Column(rows, row => row.Events),
            Column(rows, row => row.Postings)));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static IEnumerable<Row> Rows(FlowDefinition definition)
    {
        IEnumerable<Row> initial = definition.InitialStates.Distinct().Select(state => new Row(definition.Kind, "", state, "start", null));
        IEnumerable<Row> changes = definition.Transitions
            .GroupBy(transition => (transition.From, transition.To))
            .Select(group => new Row(
                definition.Kind,
                group.Key.From,
                group.Key.To,
                string.Join(" | ", group.Select(transition => transition.Event)),
                group.Select(transition => transition.Postings).FirstOrDefault(postings => postings is not null)));
        return initial.Concat(changes);
    }

    private static string?[] Column(Row[] rows, Func<Row, string?> select) => Array.ConvertAll(rows, row => select(row));

    private static NpgsqlBatchCommand Command(string sql, params string?[][] columns)
    {
        NpgsqlBatchCommand command = new(sql);
        foreach (string?[] column in columns)
        {
            command.Parameters.Add(new NpgsqlParameter<string?[]> { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text, TypedValue = column });
        }

        return command;
    }

    private readonly record struct Row(string Kind, string From, string To, string Events, string? Postings);
}
