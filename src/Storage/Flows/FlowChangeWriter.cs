using Florin.Flows;
using Florin.Ledger;
using Florin.Storage.Ledger;
using Npgsql;

namespace Florin.Storage.Flows;

/// <summary>Writes the flows' changes of a journal batch in the journal's own commit.</summary>
/// <remarks>What the database refuses outright (an undeclared transition, a reference in use) the journal isolates, change by change.</remarks>
internal sealed class FlowChangeWriter : IParticipantWriter
{
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

        HashSet<Guid> applied = await FlowChangeSql.ExecuteAsync(connection, transaction, changes, cancellationToken);
        conflicts.AddRange(indexes.Where(entry => !applied.Contains(entry.Key)).Select(entry => entry.Value));
        conflicts.Sort();
        return conflicts;
    }
}
