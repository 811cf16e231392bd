using Dapper;
using Florin.Flows;
using Florin.Storage.Database;
using Npgsql;

namespace Florin.Wallets.Transfers;

/// <summary>
/// The words that people send with transfers. Kept beside the flow, not in it. A note is stored before its transfer, so that no transfer is ever
/// without its note; one whose transfer was refused is seen by nobody.
/// </summary>
internal sealed class TransferNotes(IDatabase database)
{
    public async ValueTask StoreAsync(Guid transferId, string requestHash, string note, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "insert into wallets.transfer_note (flow_id, request_hash, note) values (@transferId, @requestHash, @note) on conflict do nothing",
            new { transferId, requestHash, note },
            cancellationToken: cancellationToken));
    }

    /// <summary>The notes of transfers, by id; those without a note are left out.</summary>
    public async ValueTask<IReadOnlyDictionary<Guid, string>> GetAsync(IReadOnlyCollection<Flow> transfers, CancellationToken cancellationToken)
    {
        if (transfers.Count == 0)
        {
            return new Dictionary<Guid, string>();
        }

        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        IEnumerable<(Guid Id, string Note)> rows = await connection.QueryAsync<(Guid, string)>(new CommandDefinition(
            """
            select flow_id, note
            from wallets.transfer_note
            join unnest(@ids, @hashes) as wanted (id, hash) on flow_id = wanted.id and request_hash = wanted.hash
            """,
            new { ids = transfers.Select(flow => flow.Id.Value).ToArray(), hashes = transfers.Select(flow => flow.RequestHash ?? "").ToArray() },
            cancellationToken: cancellationToken));
        return rows.ToDictionary(row => row.Id, row => row.Note);
    }
}
