using Florin.Ledger.Journal;

namespace Florin.Storage.Ledger;

/// <summary>A table of the journal whose rows belong to batches: its columns in the order in which they are encoded, hashed and counted.</summary>
internal sealed class JournalTable
{
    private JournalTable(int index, string name, string order, string columns)
    {
        Index = index;
        Name = name;
        Order = order;
        Columns = columns;
        FieldCount = (short)columns.Split(',').Length;
    }

    public static JournalTable Accounts { get; } =
        new(0, "accounts", "number", "number, address, asset, scale, normal_side, flags, batch");

    public static JournalTable Transfers { get; } = new(
        1, "transfers", "sequence",
        "sequence, transaction_id, kind, transfer_index, transfer_count, debit_account, credit_account, amount, code, related_id, related_index, "
        + "recorded_at, released, expires_at, balances");

    public static JournalTable Details { get; } =
        new(2, "details", "sequence", "sequence, transaction_id, effective_date, asked_date, reference, metadata, labels, terms");

    public static JournalTable Standings { get; } =
        new(3, "standings", "batch, position", "batch, position, account, standing, after_sequence");

    public static JournalTable LimitUses { get; } =
        new(4, "limit_uses", "batch, position", "batch, position, key, amount, used, max, forget_after, after_sequence");

    public static JournalTable Periods { get; } =
        new(5, "periods", "batch, position", "batch, position, closed_through, after_sequence");

    public static IReadOnlyList<JournalTable> All { get; } = [Accounts, Transfers, Details, Standings, LimitUses, Periods];

    /// <summary>Position in <see cref="All"/>.</summary>
    public int Index { get; }

    public string Name { get; }

    /// <summary>What its rows are ordered by.</summary>
    public string Order { get; }

    public string Columns { get; }

    public short FieldCount { get; }

    /// <summary>Whether the present row belongs to a batch or to one before it.</summary>
    public bool BelongsTo(CopyStream row, long batch, long lastSequence) => Index switch
    {
        0 => row.BigInt(6) <= batch,
        1 or 2 => row.BigInt(0) <= lastSequence,
        _ => row.BigInt(0) <= batch,
    };

    /// <summary>The key of the present row: its number, its sequence, or its position in its batch.</summary>
    public JournalKey KeyOf(CopyStream row) => Index <= 2 ? new JournalKey(0, row.BigInt(0)) : new JournalKey(row.BigInt(0), row.Integer(1));

    /// <summary>The sequence that a key names; 0 when it names none.</summary>
    public long SequenceOf(JournalKey key) => Index is 1 or 2 ? key.Number : 0;

    /// <summary>How a person finds a row.</summary>
    public string NameOf(JournalKey key) => Index switch
    {
        0 => $"the row of ledger.{Name} with number {key.Number}",
        1 or 2 => $"the row of ledger.{Name} with sequence {key.Number}",
        _ => $"the row of ledger.{Name} with batch {key.Batch}, position {key.Number}",
    };

    /// <summary>How many of its rows a batch has.</summary>
    public int CountIn(JournalBatch batch) => Index switch
    {
        0 => batch.Accounts.Count,
        1 => batch.Transfers.Count,
        2 => batch.Details.Count,
        3 => batch.Standings.Count,
        4 => batch.Limits.Count,
        _ => batch.Periods.Count,
    };
}

/// <summary>What finds a row of a journal table.</summary>
/// <param name="Batch">0 for tables whose rows have a number of their own.</param>
internal readonly record struct JournalKey(long Batch, long Number);
