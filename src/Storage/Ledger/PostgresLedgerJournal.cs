using Florin.Ledger;
using Florin.Ledger.Journal;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace Florin.Storage.Ledger;

/// <summary>The ledger's journal in PostgreSQL: insert-only tables, one database transaction a batch, compare-and-swap on the head row.</summary>
/// <remarks>
/// Failure policy: any failure of the connection or the server during an append is <see cref="JournalException"/>, outcome unknown. The next
/// <see cref="AcquireAsync"/> ends the old session, takes the advisory lock, waits for the head row and raises the epoch, after which the old
/// attempt can no longer commit; the head then tells whether it did. A row that PostgreSQL refuses is a bug of ours and stops the writer.
/// Liveness is the advisory lock, safety is the epoch.
/// </remarks>
internal sealed class PostgresLedgerJournal : ILedgerJournal, IAsyncDisposable
{
    /// <summary>Advisory lock of the one serving writer; any fixed number that nothing else here uses.</summary>
    public const long WriterLock = 0x464C4F52_4C454447;

    private readonly NpgsqlDataSource _dataSource;
    private readonly Dictionary<string, IParticipantWriter> _writers;
    private readonly ILogger<PostgresLedgerJournal> _logger;
    private readonly long? _term;
    private readonly BatchEncoder _encoder = new();
    private readonly PartitionIndexer _indexer;
    private NpgsqlConnection? _connection;
    private int _backend;
    private bool _replicationWaitCanceled;
    private JournalHead? _head;
    private byte[] _hash = new byte[BatchHash.Length];

    /// <summary>The first sequence that no partition holds yet.</summary>
    private long _partitionsEnd;

    /// <summary>The batch under way begins a partition, and so closes the one before.</summary>
    private bool _closesPartition;

    /// <summary>Hash of the last batch that was sent: it stands in the head when the batch is durable and its acknowledgement was lost.</summary>
    private byte[]? _sentHash;

    /// <param name="dataSource">Connections that nothing but the ledger uses, else requests could keep the writer waiting.</param>
    /// <param name="term">The lease's term in which this may become the writer, ending whoever else is; without one, the writer before is waited for.</param>
    public PostgresLedgerJournal(
        NpgsqlDataSource dataSource, IEnumerable<IParticipantWriter> writers, ILogger<PostgresLedgerJournal> logger, long? term = null)
    {
        _term = term;
        _dataSource = dataSource;
        _writers = writers.ToDictionary(writer => writer.ParticipantKind, StringComparer.Ordinal);
        _logger = logger;
        _indexer = new PartitionIndexer(dataSource, logger);
    }

    /// <summary>The writer's session, for tests that end it.</summary>
    internal NpgsqlConnection? Session => _connection;

    /// <summary>Completes when all closed partitions have their indexes, for tests.</summary>
    internal Task IndexedAsync() => _indexer.IdleAsync();

    public async ValueTask<JournalHead> AcquireAsync(CancellationToken cancellationToken)
    {
        try
        {
            await EndOldSessionAsync(cancellationToken);
            NpgsqlConnection connection = await _dataSource.OpenConnectionAsync(cancellationToken);
            _connection = connection;
            _backend = connection.ProcessID;
            _replicationWaitCanceled = false;
            connection.Notice += OnNotice;
            if (_term is { } term)
            {
                await WriterSession.EndAsync(connection, term, cancellationToken);
            }

            if (!await WriterSession.TryLockAsync(connection, cancellationToken))
            {
                throw new JournalException("Another server holds the ledger; waiting for it to end.");
            }

            return await RaiseEpochAsync(connection, cancellationToken);
        }
        catch (Exception exception) when (IsEnvironment(exception) || IsSessionGone(exception))
        {
            throw new JournalException("The ledger's database cannot be reached.", exception);
        }
    }

    public async ValueTask RecoverAsync(IRecoverySink sink, CancellationToken cancellationToken)
    {
        Invariant.Assert(_connection is not null);
        try
        {
            await new JournalRecovery(_connection, _dataSource).RunAsync(sink, cancellationToken);
        }
        catch (Exception exception) when (IsEnvironment(exception) || IsSessionGone(exception))
        {
            throw new JournalException("The journal could not be read.", exception);
        }
    }

    public async ValueTask AppendAsync(JournalBatch batch, CancellationToken cancellationToken)
    {
        Invariant.Assert(_connection is not null && _head is not null);
        Invariant.Assert(batch.Number == _head.Batch + 1);
        Invariant.Assert(batch.LastSequence == _head.Sequence + batch.Transfers.Count);
        _encoder.Encode(batch);
        byte[] hash = _encoder.Hash(batch, _head.Epoch, _hash);
        _sentHash = hash;
        try
        {
            await EnsurePartitionAsync(_connection, batch.LastSequence, cancellationToken);
            await using NpgsqlTransaction transaction = await _connection.BeginTransactionAsync(cancellationToken);
            await MoveHeadAsync(_connection, batch, hash, cancellationToken);
            await WriteParticipantsAsync(_connection, transaction, batch.Participants, cancellationToken);
            foreach (JournalTable table in JournalTable.All)
            {
                await CopyAsync(_connection, table, table.CountIn(batch), cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
        }
        catch (PostgresException exception) when (IsRefusedRow(exception))
        {
            throw new InvariantException($"PostgreSQL refused a row of the ledger: {exception.SqlState} {exception.MessageText}");
        }
        catch (Exception exception) when (IsEnvironment(exception) || IsSessionGone(exception))
        {
            throw new JournalException("The append failed; its outcome is unknown.", exception);
        }

        if (_replicationWaitCanceled)
        {
            throw new JournalException("The commit is durable here but may not be replicated; its outcome is unknown.");
        }

        _head = _head with { Batch = batch.Number, Sequence = batch.LastSequence, Timestamp = batch.Timestamp };
        _hash = hash;
        if (_closesPartition)
        {
            _closesPartition = false;
            _indexer.Wake();
        }
    }

    public async ValueTask<IReadOnlyList<StoredTransaction>> ReadAsync(
        IReadOnlyCollection<TransactionPosition> positions, CancellationToken cancellationToken)
    {
        try
        {
            await using NpgsqlConnection connection = await _dataSource.OpenConnectionAsync(cancellationToken);
            return await StoredTransactionReader.ReadAsync(connection, positions, cancellationToken);
        }
        catch (Exception exception) when (IsEnvironment(exception))
        {
            throw new JournalException("Transactions could not be read.", exception);
        }
    }

    public async ValueTask WriteCheckpointAsync(JournalCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        try
        {
            await using NpgsqlConnection connection = await _dataSource.OpenConnectionAsync(cancellationToken);
            await CheckpointStore.WriteAsync(connection, checkpoint, cancellationToken);
        }
        catch (Exception exception) when (IsEnvironment(exception))
        {
            throw new JournalException("The checkpoint was not stored.", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _indexer.DisposeAsync();
        if (_connection is not null)
        {
            // The session must end, and its lock with it: given back to the pool it would keep it.
            _dataSource.Clear();
            await _connection.DisposeAsync();
        }
    }

    /// <summary>What the network, the server's state or its resources cause: not our bug, worth another attempt.</summary>
    internal static bool IsEnvironment(Exception exception) =>
        exception is NpgsqlException or IOException or TimeoutException or System.Net.Sockets.SocketException or ObjectDisposedException
        && !(exception is PostgresException refused && IsRefusedRow(refused));

    // The driver's keep-alive finds a dead session while nothing is written; the next use of it then fails as a misuse.
    private bool IsSessionGone(Exception exception) =>
        exception is InvalidOperationException
        && (_connection is null || _connection.FullState is System.Data.ConnectionState.Closed or System.Data.ConnectionState.Broken);

    // Classes 22 (data), 23 (integrity), 42 (syntax, access) and P0 (raised): the same rows would be refused again.
    private static bool IsRefusedRow(PostgresException exception) =>
        exception.SqlState.StartsWith("22", StringComparison.Ordinal) || exception.SqlState.StartsWith("23", StringComparison.Ordinal)
        || exception.SqlState.StartsWith("42", StringComparison.Ordinal) || exception.SqlState.StartsWith("P0", StringComparison.Ordinal);

    private async ValueTask EndOldSessionAsync(CancellationToken cancellationToken)
    {
        if (_connection is null)
        {
            return;
        }

        // The session must end, not go back to the pool: what is terminated below could be serving somebody else by then.
        _dataSource.Clear();
        await _connection.DisposeAsync();
        _connection = null;

        // A session whose network is gone may live on in the server with our locks.
        await using NpgsqlConnection connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        await WriterSession.EndAsync(connection, _backend, cancellationToken);
    }

    private async ValueTask<JournalHead> RaiseEpochAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // Who was the writer before is it again when nobody else has written since. The hash tells, where the epoch could not: a raise whose
        // acknowledgement was lost has changed the epoch, but only an append changes the hash, and no two writers' batches have the same.
        await using NpgsqlCommand raising = new(
            "update ledger.head set epoch = epoch + 1 where ($1 is null or hash in ($1, $2))"
            + " and ($3 is null or $3 = (select term from ledger.lease)) returning epoch, batch, sequence, hash, recorded_at,"
            + " exists (select from ledger.partitions p where not p.is_indexed and p.end_sequence - 1 <= head.sequence)",
            connection)
        {
            Parameters =
            {
                new() { Value = _head is null ? DBNull.Value : _hash, NpgsqlDbType = NpgsqlDbType.Bytea },
                new() { Value = _sentHash ?? _hash, NpgsqlDbType = NpgsqlDbType.Bytea },
                new() { Value = _term is { } term ? term : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint },
            },
        };
        await using NpgsqlDataReader reader = await raising.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            throw new JournalFencedException("Another server took the ledger.");
        }

        _head = new JournalHead(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetFieldValue<DateTimeOffset>(4));
        _hash = reader.GetFieldValue<byte[]>(3);
        _partitionsEnd = 0;
        if (reader.GetBoolean(5))
        {
            _indexer.Wake();
        }

        return _head;
    }

    private async ValueTask MoveHeadAsync(NpgsqlConnection connection, JournalBatch batch, byte[] hash, CancellationToken cancellationToken)
    {
        await using NpgsqlBatch statements = new(connection)
        {
            BatchCommands =
            {
                new("update ledger.head set batch = $1, sequence = $2, hash = $3, recorded_at = $4 where epoch = $5 and batch = $6 and hash = $7")
                {
                    Parameters =
                    {
                        new() { Value = batch.Number }, new() { Value = batch.LastSequence }, new() { Value = hash },
                        new() { Value = batch.Timestamp }, new() { Value = _head!.Epoch }, new() { Value = _head.Batch }, new() { Value = _hash },
                    },
                },
                new("insert into ledger.batches values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)")
                {
                    Parameters =
                    {
                        new() { Value = batch.Number }, new() { Value = _head.Epoch }, new() { Value = _head.Sequence + 1 },
                        new() { Value = batch.LastSequence }, new() { Value = batch.Accounts.Count }, new() { Value = batch.Transfers.Count },
                        new() { Value = batch.Details.Count }, new() { Value = batch.Standings.Count }, new() { Value = batch.Limits.Count },
                        new() { Value = batch.Periods.Count }, new() { Value = batch.Timestamp }, new() { Value = _encoder.Checksums.ToArray() },
                        new() { Value = _hash }, new() { Value = hash },
                    },
                },
            },
        };
        try
        {
            await statements.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw new JournalFencedException("Another server took the ledger.");
        }

        if (statements.BatchCommands[0].RecordsAffected != 1)
        {
            throw new JournalFencedException("Another server took the ledger.");
        }
    }

    private async ValueTask WriteParticipantsAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, List<ICommitParticipant> participants, CancellationToken cancellationToken)
    {
        List<int> conflicts = [];
        foreach (IGrouping<string, (ICommitParticipant Participant, int Index)> group in participants
            .Select((participant, index) => (participant, index))
            .GroupBy(entry => entry.participant.ParticipantKind, StringComparer.Ordinal))
        {
            ParticipantGroup members = new(_writers[group.Key], [.. group.Select(entry => entry.Participant)], _logger);
            IReadOnlyList<int> found = await members.WriteAsync(connection, transaction, cancellationToken);
            int[] indexes = [.. group.Select(entry => entry.Index)];
            conflicts.AddRange(found.Select(position => indexes[position]));
        }

        if (conflicts.Count > 0)
        {
            throw new ParticipantConflictException(conflicts);
        }
    }

    private async ValueTask CopyAsync(NpgsqlConnection connection, JournalTable table, int rows, CancellationToken cancellationToken)
    {
        if (rows == 0)
        {
            return;
        }

        // Disposing ends the COPY and brings the server's verdict; the surrounding transaction keeps half a copy from ever being committed.
        await using NpgsqlRawCopyStream stream = await connection.BeginRawBinaryCopyAsync(
            $"copy ledger.{table.Name} ({table.Columns}) from stdin (format binary)", cancellationToken);
        await stream.WriteAsync(_encoder.Buffers[table.Index].Finish(), cancellationToken);
    }

    // Before the batch's own transaction, because making a partition must not be undone with a batch. It happens once in a million transfers.
    private async ValueTask EnsurePartitionAsync(NpgsqlConnection connection, long sequence, CancellationToken cancellationToken)
    {
        if (sequence < _partitionsEnd)
        {
            return;
        }

        await using NpgsqlCommand ensuring = new("select ledger.ensure_partitions($1)", connection)
        {
            Parameters = { new() { Value = sequence } },
        };
        _partitionsEnd = (long)(await ensuring.ExecuteScalarAsync(cancellationToken))!;
        _closesPartition = true;
    }

    private void OnNotice(object sender, NpgsqlNoticeEventArgs args)
    {
        // "canceling wait for synchronous replication": COMMIT then reports success although no standby has the transaction.
        if (args.Notice.SqlState == "01000" && args.Notice.MessageText.Contains("synchronous replication", StringComparison.Ordinal))
        {
            _replicationWaitCanceled = true;
        }
    }
}
