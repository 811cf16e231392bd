using System.Numerics;
using Florin.Ledger;
using Florin.Ledger.Journal;
using Npgsql;
using NpgsqlTypes;

namespace Florin.Storage.Ledger;

/// <summary>Stores totals at a committed sequence.</summary>
internal static class CheckpointStore
{
    private const int RowsPerStatement = 20_000;

    public static async ValueTask WriteAsync(NpgsqlConnection connection, JournalCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);

        // The row lock keeps two checkpoints apart; an older one must not overwrite a newer.
        await using NpgsqlCommand moving = new("update ledger.checkpoint set batch = $1, sequence = $2 where sequence <= $2", connection)
        {
            Parameters = { new() { Value = checkpoint.Batch }, new() { Value = checkpoint.Sequence } },
        };
        if (await moving.ExecuteNonQueryAsync(cancellationToken) != 1)
        {
            return;
        }

        foreach ((long Number, AccountTotals Totals)[] rows in checkpoint.Accounts.Chunk(RowsPerStatement))
        {
            await using NpgsqlCommand storing = new(
                """
                insert into ledger.totals select * from unnest($1, $2, $3, $4, $5)
                on conflict (account) do update set debits_pending = excluded.debits_pending, debits_posted = excluded.debits_posted,
                    credits_pending = excluded.credits_pending, credits_posted = excluded.credits_posted
                """,
                connection)
            {
                Parameters =
                {
                    new() { Value = rows.Select(row => row.Number).ToArray() },
                    Amounts(rows, totals => totals.DebitsPending),
                    Amounts(rows, totals => totals.DebitsPosted),
                    Amounts(rows, totals => totals.CreditsPending),
                    Amounts(rows, totals => totals.CreditsPosted),
                },
                CommandTimeout = 0,
            };
            await storing.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private static NpgsqlParameter Amounts((long Number, AccountTotals Totals)[] rows, Func<AccountTotals, UInt128> select) => new()
    {
        Value = rows.Select(row => (BigInteger)select(row.Totals)).ToArray(),
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Numeric,
    };
}
