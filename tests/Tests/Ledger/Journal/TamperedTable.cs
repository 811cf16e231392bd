namespace Florin.Tests.Ledger.Journal;

/// <summary>A ledger table for the tests that change it by hand.</summary>
/// <param name="Keys">Its key columns, in the words of a finding.</param>
/// <param name="Victims">Which rows are changed, as a condition.</param>
/// <param name="Copy">The columns that a copied row has otherwise, as assignments to its key; empty when there can be no second row.</param>
internal sealed record TamperedTable(string Name, string[] Keys, string Victims, params string[] Copy)
{
    public static readonly TamperedTable[] All =
    [
        new("head", [], "true"),
        new("batches", ["batch"], "batch in (1, 2, 5, (select max(batch) from ledger.batches))", "batch = (select max(batch) + 1 from ledger.batches)", "batch = 0", "batch = 1000"),
        new("accounts", ["number"], "number in (1, 3, 5)", "number = 0, address = 'copy'", "number = 6, address = 'copy'"),
        new("transfers", ["sequence"],
            "sequence = 1024 or sequence in (select max(sequence) from ledger.transfers where sequence > 1024 group by kind)",
            "sequence = sequence + 1", "sequence = (select max(sequence) + 1 from ledger.transfers)"),
        new("details", ["sequence"], "true", "sequence = 3", "sequence = (select max(sequence) + 1 from ledger.transfers)"),
        new("standings", ["batch", "position"], "true", "position = 77", "batch = 1", "batch = 1000"),
        new("limit_uses", ["batch", "position"], "true", "position = 77", "batch = 1", "batch = 1000"),
        new("periods", ["batch", "position"], "true", "position = 77", "batch = 1", "batch = 1000"),
        new("totals", ["account"], "true", "account = 77", "account = 5"),
        new("checkpoint", [], "true"),
        new("partitions", ["partition"], "true", "partition = 77"),
        new("layout", [], "true"),
    ];

    /// <summary>Another value for a column, by its type.</summary>
    public string Changed(string column, string type) => (Name, column, type) switch
    {
        ("head", "epoch", _) => "epoch - 2",
        ("accounts", "normal_side", _) => "1 - normal_side",
        ("transfers", "sequence", _) => "sequence + 1",
        (_, _, "bytea") => $"coalesce(set_byte({column}, octet_length({column}) - 1, get_byte({column}, octet_length({column}) - 1) # 1), '\\x00')",
        (_, _, "numeric") => $"coalesce({column}, 0) + 1",
        (_, _, "text") => $"coalesce({column}, '') || 'x'",
        (_, _, "uuid") => "gen_random_uuid()",
        (_, _, "boolean") => $"not {column}",
        (_, _, "date") => $"coalesce({column}, '2020-01-01') + 1",
        (_, _, "ARRAY") => $"coalesce({column}, '{{}}') || 'x=y'::text",
        (_, _, "timestamp with time zone") => $"coalesce({column}, '2020-01-01') + interval '1 microsecond'",
        _ when Keys.Contains(column) => $"{column} + 500",
        _ => $"coalesce({column}, 0) + 1",
    };

    /// <summary>How a finding names a row, as an SQL expression over it.</summary>
    public string NameSql => Keys.Length == 0
        ? $"'ledger.{Name}'::text"
        : $"'ledger.{Name} with ' || " + string.Join(" || ', ' || ", Keys.Select(key => $"'{key} ' || {key}"));

    /// <summary>A condition that finds a row, as an SQL expression over it.</summary>
    public string WhereSql => Keys.Length == 0 ? "'true'::text" : string.Join(" || ' and ' || ", Keys.Select(key => $"'{key} = ' || {key}"));

    public string Order => Keys.Length == 0 ? "1" : string.Join(", ", Keys);
}
