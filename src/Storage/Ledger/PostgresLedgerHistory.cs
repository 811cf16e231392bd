using System.Collections.Immutable;
using Florin.Ledger;
using Florin.Storage.Database;
using Npgsql;
using NpgsqlTypes;

namespace Florin.Storage.Ledger;

/// <summary>Reads committed transfers with their accounts' names.</summary>
/// <remarks>
/// The partition that is being written has no index on ids and accounts: the writer's memory tells the sequences there, and the indexes of the
/// closed partitions those before. See docs/internals/journal.md.
/// </remarks>
internal sealed class PostgresLedgerHistory(IDatabase database, ILedger ledger) : ILedgerHistory
{
    private const int LimitMax = 1_000;

    private const string Columns =
        """
        select t.sequence, t.transaction_id, t.kind, t.transfer_index, d.address, c.address, d.asset, d.scale, t.amount, t.code, t.related_id,
               x.reference, t.recorded_at, t.balances, t.expires_at, coalesce(x.effective_date, (t.recorded_at at time zone 'UTC')::date),
               x.asked_date, x.metadata
        from ledger.transfers t
        join ledger.accounts d on d.number = t.debit_account
        join ledger.accounts c on c.number = t.credit_account
        left join ledger.details x on x.sequence = t.sequence - t.transfer_index
        """;

    public async ValueTask<ImmutableArray<JournalEntry>> GetTransactionAsync(TransactionId id, CancellationToken cancellationToken)
    {
        ImmutableArray<ulong> places = await ledger.LocateAsync(id, cancellationToken);
        await using NpgsqlCommand command = database.DataSource.CreateCommand(
            Columns + """

            where t.sequence in (
                select s from unnest($1) as p(first)
                cross join lateral (select f.transfer_count from ledger.transfers f where f.sequence = p.first and f.transaction_id = $2) f
                cross join lateral generate_series(p.first, p.first + f.transfer_count - 1) s)
            order by t.sequence
            """);
        command.Parameters.Add(Sequences(places));
        command.Parameters.Add(new() { Value = id.ToGuid() });
        return await ReadAsync(command, cancellationToken);
    }

    public async ValueTask<ImmutableArray<JournalEntry>> GetEntriesAsync(
        AccountAddress address, ulong beforeSequence, int limit, CancellationToken cancellationToken)
    {
        CheckLimit(limit);
        SortedSet<ulong> sequences = new(Comparer<ulong>.Create((left, right) => right.CompareTo(left)));
        foreach ((AccountId account, long number) in await AccountsOfAsync(address, cancellationToken))
        {
            sequences.UnionWith(await EntriesOfAsync(account, number, beforeSequence, limit, cancellationToken));
        }

        await using NpgsqlCommand command = database.DataSource.CreateCommand(Columns + "\nwhere t.sequence = any($1) order by t.sequence desc");
        command.Parameters.Add(Sequences([.. sequences.Take(limit)]));
        return await ReadAsync(command, cancellationToken);
    }

    public async ValueTask<ImmutableArray<JournalEntry>> FindAsync(TransactionSearch search, CancellationToken cancellationToken)
    {
        CheckLimit(search.Limit);
        string? label = LabelOf(search);
        await using NpgsqlCommand command = database.DataSource.CreateCommand(
            Columns + """

            where t.sequence in (
                select f.sequence from ledger.details f
                where f.sequence < $1 and ($2::text is null or f.reference = $2) and ($3::text is null or f.labels @> array[$3])
                order by f.sequence desc limit $4)
            order by t.sequence desc
            """);
        command.Parameters.Add(new() { Value = Bounded(search.BeforeSequence) });
        command.Parameters.Add(TextOrNull(search.Reference));
        command.Parameters.Add(TextOrNull(label));
        command.Parameters.Add(new() { Value = search.Limit });
        return await ReadAsync(command, cancellationToken);
    }

    public async ValueTask<ulong> GetSequenceAtAsync(DateTimeOffset time, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = database.DataSource.CreateCommand(
            "select last_sequence from ledger.batches where recorded_at <= $1 order by recorded_at desc, batch desc limit 1");
        command.Parameters.Add(new() { Value = time.ToUniversalTime() });
        return await command.ExecuteScalarAsync(cancellationToken) is long sequence ? (ulong)sequence : 0;
    }

    public async ValueTask<AccountBalance?> GetBalanceAtAsync(AccountId account, ulong sequence, CancellationToken cancellationToken)
    {
        if (await ledger.GetBalanceAsync(account, cancellationToken) is not { } now)
        {
            return null;
        }

        if (sequence >= now.Sequence)
        {
            return now;
        }

        long number = (await AccountsOfAsync(account.Address, cancellationToken)).Single(open => open.Account.Asset == account.Asset).Number;
        IReadOnlyList<ulong> last = await EntriesOfAsync(account, number, sequence + 1, 1, cancellationToken);
        await using NpgsqlCommand command = database.DataSource.CreateCommand(
            "select debit_account = $2, balances from ledger.transfers where sequence = any($1)");
        command.Parameters.Add(Sequences(last));
        command.Parameters.Add(new() { Value = number });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        AccountTotals totals = default;
        if (await reader.ReadAsync(cancellationToken))
        {
            (AccountTotals debit, AccountTotals credit) = BalanceBytes.Read(reader.GetFieldValue<byte[]>(1));
            totals = reader.GetBoolean(0) ? debit : credit;
        }

        return With(now, totals, sequence);
    }

    public async ValueTask<ImmutableArray<AccountBalance>> GetBalancesAtAsync(
        string addressPrefix, ulong sequence, CancellationToken cancellationToken)
    {
        ImmutableArray<AccountBalance> now = await ledger.GetBalancesAsync(addressPrefix, cancellationToken);
        Dictionary<(string Address, string Asset), AccountTotals> then = [];
        await using NpgsqlCommand command = database.DataSource.CreateCommand(
            """
            with sides as (
                select debit_account as account, pending as dp, posted as d, 0::numeric as cp, 0::numeric as c from ledger.effects where sequence <= $1
                union all
                select credit_account, 0, 0, pending, posted from ledger.effects where sequence <= $1
            )
            select a.address, a.asset, sum(s.dp), sum(s.d), sum(s.cp), sum(s.c)
            from sides s join ledger.accounts a on a.number = s.account
            where starts_with(a.address, $2)
            group by a.number
            """);
        command.Parameters.Add(new() { Value = Bounded(sequence) });
        command.Parameters.Add(new() { Value = addressPrefix });
        command.CommandTimeout = 0;
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            then.Add(
                (reader.GetString(0), reader.GetString(1)),
                new AccountTotals(reader.GetUInt128(2), reader.GetUInt128(3), reader.GetUInt128(4), reader.GetUInt128(5)));
        }

        return [.. now.Select(balance => With(balance, then.GetValueOrDefault((balance.Id.Address.Value, balance.Id.Asset.Code)), sequence))];
    }

    private static AccountBalance With(AccountBalance balance, AccountTotals totals, ulong sequence) => balance with
    {
        DebitsPending = totals.DebitsPending,
        DebitsPosted = totals.DebitsPosted,
        CreditsPending = totals.CreditsPending,
        CreditsPosted = totals.CreditsPosted,
        Sequence = sequence,
    };

    // What the index cannot answer is an error, never an empty answer.
    private static string? LabelOf(TransactionSearch search)
    {
        if (search.MetadataKey is null != search.MetadataValue is null || (search.Reference is null && search.MetadataKey is null))
        {
            throw new ArgumentException("A search names a reference, or a key of the metadata with its value.", nameof(search));
        }

        string? label = search.MetadataKey is null ? null : Labels.Of(search.MetadataKey, search.MetadataValue!);
        return label is null || Labels.IsSearchable(label)
            ? label
            : throw new ArgumentException($"No member of the metadata is found by more than {Labels.LengthMax} characters.", nameof(search));
    }

    private static void CheckLimit(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, LimitMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
    }

    private static long Bounded(ulong sequence) => (long)Math.Min(sequence, long.MaxValue);

    private static NpgsqlParameter Sequences(IReadOnlyList<ulong> sequences) =>
        new() { Value = sequences.Select(sequence => (long)sequence).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint };

    private static NpgsqlParameter TextOrNull(string? text) => new() { Value = (object?)text ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private async ValueTask<List<(AccountId Account, long Number)>> AccountsOfAsync(AccountAddress address, CancellationToken cancellationToken)
    {
        List<(AccountId, long)> accounts = [];
        await using NpgsqlCommand command = database.DataSource.CreateCommand("select asset, scale, number from ledger.accounts where address = $1");
        command.Parameters.Add(new() { Value = address.Value });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            accounts.Add((new AccountId(address, new Asset(reader.GetString(0), reader.GetInt16(1))), reader.GetInt64(2)));
        }

        return accounts;
    }

    /// <summary>The newest entries of an account before a sequence, newest first: from memory, and before what memory covers from the indexes.</summary>
    private async ValueTask<IReadOnlyList<ulong>> EntriesOfAsync(
        AccountId account, long number, ulong before, int limit, CancellationToken cancellationToken)
    {
        RecentEntries recent = await ledger.GetRecentEntriesAsync(account, before, limit, cancellationToken);
        if (recent.Sequences.Length >= limit || recent.FromSequence <= 1)
        {
            return recent.Sequences;
        }

        // Each side walks its own index from the newest; together they hold the newest of both.
        List<ulong> sequences = [.. recent.Sequences];
        await using NpgsqlCommand command = database.DataSource.CreateCommand(
            """
            (select sequence from ledger.transfers where debit_account = $1 and sequence < $2 order by sequence desc limit $3)
            union
            (select sequence from ledger.transfers where credit_account = $1 and sequence < $2 order by sequence desc limit $3)
            order by 1 desc limit $3
            """);
        command.Parameters.Add(new() { Value = number });
        command.Parameters.Add(new() { Value = Math.Min(Bounded(before), Bounded(recent.FromSequence)) });
        command.Parameters.Add(new() { Value = limit - sequences.Count });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            sequences.Add((ulong)reader.GetInt64(0));
        }

        return sequences;
    }

    private static async ValueTask<ImmutableArray<JournalEntry>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        ImmutableArray<JournalEntry>.Builder entries = ImmutableArray.CreateBuilder<JournalEntry>();
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            entries.Add(Read(reader));
        }

        return entries.DrainToImmutable();
    }

    private static JournalEntry Read(NpgsqlDataReader reader)
    {
        Asset asset = new(reader.GetString(6), reader.GetInt16(7));
        (AccountTotals debit, AccountTotals credit) = BalanceBytes.Read(reader.GetFieldValue<byte[]>(13));
        return new JournalEntry(
            (ulong)reader.GetInt64(0),
            TransactionId.FromGuid(reader.GetGuid(1)),
            (TransactionKind)reader.GetInt16(2),
            reader.GetInt16(3),
            AccountId.Of(reader.GetString(4), asset),
            AccountId.Of(reader.GetString(5), asset),
            reader.GetUInt128(8),
            reader.GetInt32(9),
            reader.IsDBNull(10) ? null : TransactionId.FromGuid(reader.GetGuid(10)),
            reader.IsDBNull(11) ? null : reader.GetString(11),
            reader.GetFieldValue<DateTimeOffset>(12))
        {
            DebitAfter = debit,
            CreditAfter = credit,
            ExpiresAt = reader.IsDBNull(14) ? null : reader.GetFieldValue<DateTimeOffset>(14),
            EffectiveDate = reader.GetFieldValue<DateOnly>(15),
            AskedDate = reader.IsDBNull(16) ? null : reader.GetFieldValue<DateOnly>(16),
            Metadata = reader.IsDBNull(17) ? null : reader.GetString(17),
        };
    }
}
