using Florin.Ledger;
using Florin.Ledger.Journal;
using Npgsql;

namespace Florin.Storage.Ledger;

/// <summary>Reads what the ledger's memory needs: totals at the checkpoint, all ids, open pending transactions, and the tail.</summary>
internal sealed class JournalRecovery(NpgsqlConnection connection)
{
    public async ValueTask RunAsync(IRecoverySink sink, CancellationToken cancellationToken)
    {
        // One snapshot, so that a checkpoint stored meanwhile by a writer that is being fenced cannot mix with older totals.
        await using NpgsqlTransaction snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        long checkpoint = await ReadCheckpointAsync(cancellationToken);
        sink.Checkpoint(checkpoint);
        await ReadAccountsAsync(sink, cancellationToken);
        await ReadIdsAsync(sink, checkpoint, cancellationToken);
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

    private async ValueTask<long> ReadCheckpointAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new("select sequence from ledger.checkpoint", connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private async ValueTask ReadAccountsAsync(IRecoverySink sink, CancellationToken cancellationToken)
    {
        Dictionary<string, Asset> assets = new(StringComparer.Ordinal);
        await using NpgsqlCommand command = new(
            """
            select a.number, a.address, a.asset, a.scale, a.normal_side, a.flags,
                   coalesce(t.debits_pending, 0), coalesce(t.debits_posted, 0), coalesce(t.credits_pending, 0), coalesce(t.credits_posted, 0)
            from ledger.accounts a left join ledger.totals t on t.account = a.number order by a.number
            """,
            connection) { CommandTimeout = 0 };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            string code = reader.GetString(2);
            if (!assets.TryGetValue(code, out Asset? asset))
            {
                assets.Add(code, asset = new Asset(code, reader.GetInt16(3)));
            }

            AccountId id = new(AccountAddress.Parse(reader.GetString(1)), asset);
            sink.Account(
                new AccountRow(reader.GetInt64(0), id, (NormalSide)reader.GetInt16(4), (AccountFlags)reader.GetInt32(5)),
                new AccountTotals(reader.GetUInt128(6), reader.GetUInt128(7), reader.GetUInt128(8), reader.GetUInt128(9)));
        }
    }

    private async ValueTask ReadIdsAsync(IRecoverySink sink, long checkpoint, CancellationToken cancellationToken)
    {
        await using NpgsqlBinaryExporter exporter = await connection.BeginBinaryExportAsync(
            $"copy (select transaction_id from ledger.transfers where transfer_index = 0 and sequence <= {checkpoint}) to stdout (format binary)",
            cancellationToken);
        while (await exporter.StartRowAsync(cancellationToken) >= 0)
        {
            sink.KnownId(TransactionId.FromGuid(await exporter.ReadAsync<Guid>(cancellationToken)));
        }
    }
}
