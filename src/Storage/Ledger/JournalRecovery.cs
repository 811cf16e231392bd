using Florin.Ledger;
using Florin.Ledger.Journal;
using Npgsql;

namespace Florin.Storage.Ledger;

/// <summary>Reads what the ledger's memory needs: totals at the checkpoint, all ids, open pending transactions, and the tail.</summary>
/// <remarks>
/// The ids are read over a connection of their own beside the rest, in the same snapshot: they are half of the work, and a server has two processors
/// at least.
/// </remarks>
internal sealed class JournalRecovery(NpgsqlConnection connection, NpgsqlDataSource dataSource)
{
    public async ValueTask RunAsync(IRecoverySink sink, CancellationToken cancellationToken)
    {
        // One snapshot, so that a checkpoint stored meanwhile by a writer that is being fenced cannot mix with older totals.
        await using NpgsqlTransaction snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        long checkpoint = (long)(await ScalarAsync("select sequence from ledger.checkpoint", cancellationToken))!;
        sink.Checkpoint(checkpoint);
        string snapshotName = (string)(await ScalarAsync("select pg_export_snapshot()", cancellationToken))!;
        Task ids = Task.Run(() => ReadIdsAsync(sink, snapshotName, checkpoint, cancellationToken), cancellationToken);
        await Task.WhenAll(ids, ReadAtCheckpointAsync(sink, checkpoint, cancellationToken));
        foreach (StoredTransaction pending in await StoredTransactionReader.ReadOpenPendingAsync(connection, checkpoint, cancellationToken))
        {
            sink.OpenPending(pending);
        }

        await foreach (StoredTransaction transaction in StoredTransactionReader.ReadAfterAsync(connection, checkpoint, cancellationToken))
        {
            sink.Replay(transaction);
        }

        await snapshot.CommitAsync(cancellationToken);
    }

    private async Task ReadAtCheckpointAsync(IRecoverySink sink, long checkpoint, CancellationToken cancellationToken)
    {
        await ReadAccountsAsync(sink, cancellationToken);
        await ReadStandingsAsync(sink, cancellationToken);
        await ReadClosedThroughAsync(sink, cancellationToken);
        await ReadLimitsAsync(sink, cancellationToken);
        await ReadEntriesAsync(sink, checkpoint, cancellationToken);
    }

    private async ValueTask<object?> ScalarAsync(string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(sql, connection) { CommandTimeout = 0 };
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    private ValueTask<CopyStream> CopyAsync(string query, CancellationToken cancellationToken) =>
        CopyStream.OpenAsync(connection, query, cancellationToken);

    private async ValueTask ReadAccountsAsync(IRecoverySink sink, CancellationToken cancellationToken)
    {
        Dictionary<string, Asset> assets = new(StringComparer.Ordinal);
        await using CopyStream rows = await CopyAsync(
            """
            select a.number, a.address, a.asset, a.scale, a.normal_side, a.flags,
                   coalesce(t.debits_pending, 0), coalesce(t.debits_posted, 0), coalesce(t.credits_pending, 0), coalesce(t.credits_posted, 0)
            from ledger.accounts a left join ledger.totals t on t.account = a.number order by a.number
            """,
            cancellationToken);
        for (; rows.HasRow; await rows.AdvanceAsync(cancellationToken))
        {
            string code = rows.Text(2);
            if (!assets.TryGetValue(code, out Asset? asset))
            {
                assets.Add(code, asset = new Asset(code, rows.SmallInt(3)));
            }

            AccountId id = new(AccountAddress.Parse(rows.Text(1)), asset);
            sink.Account(
                new AccountRow(rows.BigInt(0), id, (NormalSide)rows.SmallInt(4), (AccountFlags)rows.Integer(5)),
                new AccountTotals(rows.Numeric(6), rows.Numeric(7), rows.Numeric(8), rows.Numeric(9)));
        }
    }

    private async ValueTask ReadStandingsAsync(IRecoverySink sink, CancellationToken cancellationToken)
    {
        await using CopyStream rows = await CopyAsync(
            "select distinct on (account) account, standing from ledger.standings order by account, batch desc, position desc", cancellationToken);
        for (; rows.HasRow; await rows.AdvanceAsync(cancellationToken))
        {
            sink.Standing(rows.BigInt(0), (AccountStanding)rows.SmallInt(1));
        }
    }

    private async ValueTask ReadClosedThroughAsync(IRecoverySink sink, CancellationToken cancellationToken)
    {
        await using CopyStream rows = await CopyAsync("select closed_through from ledger.periods order by 1 desc limit 1", cancellationToken);
        for (; rows.HasRow; await rows.AdvanceAsync(cancellationToken))
        {
            sink.ClosedThrough(rows.Date(0));
        }
    }

    // A counter stands as its last use left it; its window ends with the latest end that was named.
    private async ValueTask ReadLimitsAsync(IRecoverySink sink, CancellationToken cancellationToken)
    {
        await using CopyStream rows = await CopyAsync(
            """
            select u.key, (array_agg(u.used order by u.batch desc, u.position desc))[1], max(u.forget_after)
            from ledger.limit_uses u
            where u.key in (select key from ledger.limit_uses where forget_after > (select recorded_at from ledger.head)) group by u.key
            """,
            cancellationToken);
        for (; rows.HasRow; await rows.AdvanceAsync(cancellationToken))
        {
            sink.Limit(rows.Text(0), rows.Numeric(1), rows.Timestamp(2));
        }
    }

    private async Task ReadIdsAsync(IRecoverySink sink, string snapshotName, long checkpoint, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection beside = await dataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction snapshot = await beside.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);

        // The name is PostgreSQL's own: hexadecimal digits and dashes.
        await using (NpgsqlCommand joining = new($"set transaction snapshot '{snapshotName}'", beside, snapshot))
        {
            await joining.ExecuteNonQueryAsync(cancellationToken);
        }

        await using CopyStream rows = await CopyStream.OpenAsync(
            beside, $"select transaction_id, sequence from ledger.transfers where transfer_index = 0 and sequence <= {checkpoint}", cancellationToken);
        for (; rows.HasRow; await rows.AdvanceAsync(cancellationToken))
        {
            sink.KnownId(new TransactionId(rows.UuidOrNull(0)!.Value), rows.BigInt(1));
        }
    }

    private async ValueTask ReadEntriesAsync(IRecoverySink sink, long checkpoint, CancellationToken cancellationToken)
    {
        await using CopyStream rows = await CopyAsync(
            $"""
            select sequence, debit_account, credit_account from ledger.transfers
            where sequence >= (select coalesce(min(first_sequence), {checkpoint} + 1) from ledger.partitions where not is_indexed)
              and sequence <= {checkpoint}
            order by sequence
            """,
            cancellationToken);
        for (; rows.HasRow; await rows.AdvanceAsync(cancellationToken))
        {
            sink.Entry(rows.BigInt(0), rows.BigInt(1), rows.BigInt(2));
        }
    }
}
