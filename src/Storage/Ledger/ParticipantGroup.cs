using Florin.Ledger;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Florin.Storage.Ledger;

/// <summary>
/// The participants of one kind in a batch. When PostgreSQL refuses them as a set (a trigger, a constraint), each is tried alone, so that only
/// the ones at fault are reported and the rest of the batch can run again.
/// </summary>
internal sealed partial class ParticipantGroup(IParticipantWriter writer, IReadOnlyList<ICommitParticipant> participants, ILogger logger)
{
    private const string Savepoint = "participants";

    public async ValueTask<IReadOnlyList<int>> WriteAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await transaction.SaveAsync(Savepoint, cancellationToken);
        try
        {
            return await writer.WriteAsync(connection, transaction, participants, cancellationToken);
        }
        catch (PostgresException exception) when (!PostgresLedgerJournal.IsEnvironment(exception))
        {
            LogRefused(logger, writer.ParticipantKind, participants.Count, exception.SqlState, exception.MessageText);
            await transaction.RollbackAsync(Savepoint, cancellationToken);
        }

        List<int> refused = [];
        for (int index = 0; index < participants.Count; index++)
        {
            if (!await IsAcceptedAsync(connection, transaction, participants[index], cancellationToken))
            {
                refused.Add(index);
            }
        }

        // Accepted one by one but not together: they stand in each other's way, and each must be decided anew.
        return refused.Count > 0 ? refused : [.. Enumerable.Range(0, participants.Count)];
    }

    private async ValueTask<bool> IsAcceptedAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, ICommitParticipant participant, CancellationToken cancellationToken)
    {
        await transaction.SaveAsync(Savepoint, cancellationToken);
        try
        {
            return (await writer.WriteAsync(connection, transaction, [participant], cancellationToken)).Count == 0;
        }
        catch (PostgresException exception) when (!PostgresLedgerJournal.IsEnvironment(exception))
        {
            await transaction.RollbackAsync(Savepoint, cancellationToken);
            return false;
        }
    }

    [LoggerMessage(2101, LogLevel.Warning, "PostgreSQL refused {Count} commit participants of kind {Kind}: {SqlState} {Message}")]
    private static partial void LogRefused(ILogger logger, string kind, int count, string sqlState, string message);
}
