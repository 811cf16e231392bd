using System.Data;
using Florin.Ledger;
using Florin.Ledger.Cluster;
using Florin.Ledger.Journal;
using Npgsql;

namespace Florin.Storage.Ledger;

/// <summary>The lease on the ledger in PostgreSQL, on one connection of its own, so that nothing that the server does can keep it from renewing.</summary>
/// <remarks>
/// Every statement is a transaction of its own. After a failure the connection is thrown away and the next statement opens another. Changes
/// are visible at once and are not waited for on disk, so that a busy disk or an absent standby costs no leader its place: a crash that loses a
/// takeover loses nothing that was acknowledged under it, because the log is written in order and an append is waited for.
/// </remarks>
internal sealed class PostgresLedgerLease(NpgsqlDataSource dataSource) : ILedgerLease
{
    private const string Quickly = "with quickly as (select set_config('synchronous_commit', 'off', true)) update ledger.lease set ";

    private readonly SemaphoreSlim _gate = new(1, 1);
    private NpgsqlConnection? _connection;
    private Task<NpgsqlConnection>? _opening;

    public ValueTask<LeaseView> ReadAsync(CancellationToken cancellationToken) => RunAsync(
        "select term, renewals, holder, url, token, duration_ms from ledger.lease",
        [],
        async (command, token) =>
        {
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(token);
            bool isThere = await reader.ReadAsync(token);
            Invariant.Assert(isThere);
            Guid? holder = reader.IsDBNull(2) ? null : reader.GetGuid(2);
            return new LeaseView(
                reader.GetInt64(0),
                reader.GetInt64(1),
                holder,
                Uri.TryCreate(reader.GetString(3), UriKind.Absolute, out Uri? url) ? url : null,
                reader.GetString(4),
                TimeSpan.FromMilliseconds(reader.GetInt32(5)));
        },
        cancellationToken);

    public ValueTask<bool> TryTakeAsync(LeaseView seen, LeaseClaim claim, CancellationToken cancellationToken) => ChangeAsync(
        Quickly + "term = term + 1, renewals = 0, holder = $3, url = $4, token = $5, duration_ms = $6, renewed_at = clock_timestamp()"
        + " from quickly where term = $1 and renewals = $2",
        [seen.Term, seen.Renewals, claim.Node, claim.Url.ToString(), claim.Token, (int)claim.Duration.TotalMilliseconds],
        cancellationToken);

    public ValueTask<bool> RenewAsync(long term, CancellationToken cancellationToken) => ChangeAsync(
        Quickly + "renewals = renewals + 1, renewed_at = clock_timestamp() from quickly where term = $1 and holder is not null", [term], cancellationToken);

    public async ValueTask ReleaseAsync(long term, CancellationToken cancellationToken) => await ChangeAsync(
        Quickly + "renewals = renewals + 1, holder = null, token = '', renewed_at = clock_timestamp() from quickly where term = $1", [term], cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await DropAsync();
        if (_opening is { } opening)
        {
            await Task.WhenAny(opening);
            _connection = opening.IsCompletedSuccessfully ? await opening : null;
            await DropAsync();
        }

        _gate.Dispose();
    }

    private ValueTask<bool> ChangeAsync(string sql, object[] values, CancellationToken cancellationToken) => RunAsync(
        sql, values, async (command, token) => await command.ExecuteNonQueryAsync(token) == 1, cancellationToken);

    private async ValueTask<T> RunAsync<T>(
        string sql, object[] values, Func<NpgsqlCommand, CancellationToken, Task<T>> run, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        bool isDone = false;
        try
        {
            if (_connection is not { FullState: ConnectionState.Open })
            {
                await DropAsync();

                // Not ended with the caller's patience: on a busy machine a connection may take longer, and the next statement uses it.
                _opening ??= dataSource.OpenConnectionAsync(CancellationToken.None).AsTask();
                await Task.WhenAny(_opening).WaitAsync(cancellationToken);
                (Task<NpgsqlConnection> opened, _opening) = (_opening, null);
                _connection = await opened;
            }

            await using NpgsqlCommand command = new(sql, _connection);
            command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value }).ToArray());
            T answer = await run(command, cancellationToken);
            isDone = true;
            return answer;
        }
        catch (Exception exception) when (PostgresLedgerJournal.IsEnvironment(exception) || IsGone(exception))
        {
            throw new JournalException("The lease of the ledger could not be reached.", exception);
        }
        finally
        {
            if (!isDone)
            {
                await DropAsync();
            }

            _gate.Release();
        }
    }

    // The driver's keep-alive finds a dead connection while it is idle; its next use then fails as a misuse.
    private bool IsGone(Exception exception) => exception is InvalidOperationException && _connection is not { FullState: ConnectionState.Open };

    private async ValueTask DropAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }
}
