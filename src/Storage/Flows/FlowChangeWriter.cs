using Florin.Flows;
using Florin.Ledger;
using Florin.Storage.Ledger;
using Npgsql;

namespace Florin.Storage.Flows;

/// <summary>Writes the flows' changes of a journal batch in the journal's own commit.</summary>
/// <remarks>
/// What the database refuses (an undeclared transition, a reference in use) is that one change's conflict and never the batch's failure: the
/// money of everybody else must not wait for it.
/// </remarks>
internal sealed class FlowChangeWriter : IParticipantWriter
{
    private const string Savepoint = "flows";

    public string ParticipantKind => FlowChange.Participant;

    public async ValueTask<IReadOnlyList<int>> WriteAsync(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        IReadOnlyList<ICommitParticipant> participants,
        CancellationToken cancellationToken)
    {
        // The second change of one flow in a batch saw a state that is not durable yet: a conflict, so that it is decided anew.
        List<int> conflicts = [];
        Dictionary<Guid, int> indexes = new(participants.Count);
        List<FlowChange> changes = new(participants.Count);
        for (int index = 0; index < participants.Count; index++)
        {
            FlowChange change = (FlowChange)participants[index];
            if (indexes.TryAdd(change.Id.Value, index))
            {
                changes.Add(change);
            }
            else
            {
                conflicts.Add(index);
            }
        }

        HashSet<Guid> applied = await ApplyAsync(connection, transaction, changes, cancellationToken);
        conflicts.AddRange(indexes.Where(entry => !applied.Contains(entry.Key)).Select(entry => entry.Value));
        conflicts.Sort();
        return conflicts;
    }

    private static async ValueTask<HashSet<Guid>> ApplyAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, List<FlowChange> changes, CancellationToken cancellationToken)
    {
        await transaction.SaveAsync(Savepoint, cancellationToken);
        try
        {
            HashSet<Guid> applied = await FlowChangeSql.ExecuteAsync(connection, transaction, changes, cancellationToken);
            await transaction.ReleaseAsync(Savepoint, cancellationToken);
            return applied;
        }
        catch (PostgresException refusal) when (IsRefusal(refusal))
        {
            await transaction.RollbackAsync(Savepoint, cancellationToken);
        }

        // Somebody's change was refused: find whose, one by one. The journal rolls back anyway, so speed does not matter here.
        HashSet<Guid> accepted = new(changes.Count);
        foreach (FlowChange change in changes)
        {
            if (await TryOneAsync(connection, transaction, change, cancellationToken))
            {
                accepted.Add(change.Id.Value);
            }
        }

        return accepted;
    }

    private static async ValueTask<bool> TryOneAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, FlowChange change, CancellationToken cancellationToken)
    {
        await transaction.SaveAsync(Savepoint, cancellationToken);
        try
        {
            HashSet<Guid> applied = await FlowChangeSql.ExecuteAsync(connection, transaction, [change], cancellationToken);
            if (applied.Count == 1)
            {
                await transaction.ReleaseAsync(Savepoint, cancellationToken);
                return true;
            }
        }
        catch (PostgresException refusal) when (IsRefusal(refusal))
        {
            // The same as a conflict.
        }

        await transaction.RollbackAsync(Savepoint, cancellationToken);
        return false;
    }

    /// <summary>Class 22 (data exception) and class 23 (integrity constraint violation) speak of a row; the rest speaks of the database.</summary>
    private static bool IsRefusal(PostgresException exception) =>
        exception.SqlState.StartsWith("22", StringComparison.Ordinal) || exception.SqlState.StartsWith("23", StringComparison.Ordinal);
}
