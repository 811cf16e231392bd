using Dapper;
using Florin.Storage.Database;
using Npgsql;

namespace Florin.Wallets.Transfers;

/// <summary>
/// The words that people send with transfers. Kept beside the flow, not in it. A note is stored before its transfer, so that no transfer is ever
/// without its note; one whose transfer was refused is seen by nobody.
/// </summary>
internal sealed class TransferNotes(IDatabase database)
{
    public async ValueTask StoreAsync(Guid transferId, string note, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "insert into wallets.transfer_note (flow_id, note) values (@transferId, @note) on conflict do nothing",
            new { transferId, note },
            cancellationToken: cancellationToken));
    }

    public async ValueTask<IReadOnlyDictionary<Guid, string>> GetAsync(IReadOnlyCollection<Guid> transferIds, CancellationToken cancellationToken)
    {
        if (transferIds.Count == 0)
        {
            return new Dictionary<Guid, string>();
        }

        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        IEnumerable<(Guid Id, string Note)> rows = await connection.QueryAsync<(Guid, string)>(new CommandDefinition(
            "select flow_id, note from wallets.transfer_note where flow_id = any(@ids)",
            new { ids = transferIds.ToArray() },
            cancellationToken: cancellationToken));
        return rows.ToDictionary(row => row.Id, row => row.Note);
    }
}
