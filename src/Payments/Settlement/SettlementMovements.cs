using Dapper;
using Florin.Providers;
using Florin.Storage.Database;
using Npgsql;

namespace Florin.Payments.Settlement;

/// <summary>
/// What the balance did at providers that do not say what a transfer holds, and which of it has left with which transfer: first in, first out.
/// </summary>
/// <remarks>
/// A transfer takes the oldest movements that no other took, as many as it and what was carried before it can pay. What it brought beyond them it carries: a line of its
/// own, which later transfers count in. So the lines of a transfer always make its amount, and a movement that is told late is taken by the next transfer.
/// </remarks>
internal sealed class SettlementMovements(IDatabase database)
{
    /// <summary>Stores movements, or what they are told to be now. One that has left is not changed any more.</summary>
    public async ValueTask KeepAsync(string provider, IReadOnlyList<SettlementLine> lines, CancellationToken cancellationToken)
    {
        // A movement may be told twice at once; the last word counts.
        SettlementLine[] known = [.. lines.GroupBy(line => line.Id, StringComparer.Ordinal).Select(same => same.Last())];
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into payments.settlement_movement as known
                (provider, line_id, kind, raw_kind, source_id, payment_id, reference, asset, gross, fee, moved_at)
            select @provider, line_id, kind, raw_kind, source_id, payment_id, reference, asset, gross::numeric, fee::numeric, moved_at
            from unnest(@ids, @kinds, @rawKinds, @sources, @payments, @references, @assets, @gross, @fees, @times)
                as line (line_id, kind, raw_kind, source_id, payment_id, reference, asset, gross, fee, moved_at)
            on conflict (provider, line_id) do update set kind = excluded.kind, raw_kind = excluded.raw_kind, source_id = excluded.source_id,
                payment_id = excluded.payment_id, reference = excluded.reference, asset = excluded.asset, gross = excluded.gross, fee = excluded.fee,
                moved_at = excluded.moved_at
            where known.batch_id is null
            """,
            new
            {
                provider,
                ids = known.Select(line => line.Id).ToArray(),
                kinds = known.Select(line => (short)line.Kind).ToArray(),
                rawKinds = known.Select(line => line.RawKind).ToArray(),
                sources = known.Select(line => line.SourceId).ToArray(),
                payments = known.Select(line => line.PaymentId).ToArray(),
                references = known.Select(line => line.OurReference).ToArray(),
                assets = known.Select(line => line.Currency).ToArray(),
                gross = known.Select(line => SettlementFacts.Text(line.Gross)).ToArray(),
                fees = known.Select(line => SettlementFacts.Text(line.Fee)).ToArray(),
                times = known.Select(line => line.At?.ToUniversalTime() ?? throw new InvalidOperationException("A movement has no time.")).ToArray(),
            },
            cancellationToken: cancellationToken));
    }

    /// <summary>Makes the lines of a batch. A repeat changes nothing.</summary>
    /// <param name="net">What the bank gets.</param>
    public async ValueTask TakeAsync(string provider, string batch, string asset, Int128 net, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        var arguments = new { provider, batch, asset, net = SettlementFacts.Text(net), carried = (short)SettlementLineKind.Carried };

        // Two transfers of one balance would take the same movements.
        await connection.ExecuteAsync(new CommandDefinition(
            "select pg_advisory_xact_lock(hashtextextended('payments.settlement_movement:' || @provider || ':' || @asset, 0))",
            arguments,
            transaction,
            cancellationToken: cancellationToken));
        bool isDone = await connection.QuerySingleAsync<bool>(new CommandDefinition(
            "select exists (select 1 from payments.settlement_line where provider = @provider and batch_id = @batch)",
            arguments,
            transaction,
            cancellationToken: cancellationToken));
        if (isDone)
        {
            return;
        }

        int count = await connection.ExecuteAsync(new CommandDefinition(
            """
            with waiting as (
                select *, row_number() over age as place, sum(gross - fee) over age as total
                from payments.settlement_movement where provider = @provider and asset = @asset and batch_id is null
                window age as (order by moved_at, line_id)
            ), last as (
                select coalesce(max(place), 0) as place from waiting
                where total <= @net::numeric + (
                    select coalesce(sum(gross), 0) from payments.settlement_line where provider = @provider and asset = @asset and kind = @carried)
            ), taken as (
                update payments.settlement_movement movement set batch_id = @batch
                from waiting, last
                where waiting.place <= last.place and movement.provider = @provider and movement.line_id = waiting.line_id
            )
            insert into payments.settlement_line
                (provider, line_id, batch_id, number, kind, raw_kind, source_id, payment_id, reference, asset, gross, fee)
            select @provider, line_id, @batch, waiting.place, kind, raw_kind, source_id, payment_id, reference, asset, gross, fee
            from waiting, last where waiting.place <= last.place
            """,
            arguments,
            transaction,
            cancellationToken: cancellationToken));
        await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into payments.settlement_line (provider, line_id, batch_id, number, kind, raw_kind, source_id, asset, gross, fee)
            select @provider, 'carried:' || @batch, @batch, @number, @carried, 'carried', '', @asset, rest, 0
            from (
                select @net::numeric - coalesce(sum(gross - fee), 0) as rest from payments.settlement_line where provider = @provider and batch_id = @batch
            ) as difference
            where rest <> 0
            """,
            new { arguments.provider, arguments.batch, arguments.asset, arguments.net, arguments.carried, number = count + 1 },
            transaction,
            cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
    }
}
