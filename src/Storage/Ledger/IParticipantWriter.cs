using Florin.Ledger;
using Npgsql;

namespace Florin.Storage.Ledger;

/// <summary>Writes all participants of one kind set-wise inside the journal's database transaction.</summary>
internal interface IParticipantWriter
{
    string ParticipantKind { get; }

    /// <returns>The indexes (into participants) that conflict with what is stored; the journal then rolls the whole database transaction back.</returns>
    ValueTask<IReadOnlyList<int>> WriteAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<ICommitParticipant> participants, CancellationToken cancellationToken);
}
