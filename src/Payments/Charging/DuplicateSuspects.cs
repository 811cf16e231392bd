using Dapper;
using Florin.Flows;
using Florin.Storage.Database;
using Npgsql;

namespace Florin.Payments.Charging;

/// <summary>
/// Notices orders that repeat one of a moment ago under a fresh key: same payee, payer, amount and reference (fault I-08). Orders with an obligation are not
/// noted, for an obligation is paid once whatever keys reach for it; nor are those that a payer approves, for nothing says who the payer will be.
/// </summary>
internal sealed class DuplicateSuspects(IDatabase database, IFlows flows, PaymentOptions options, TimeProvider timeProvider)
{
    /// <summary>Earlier orders that are looked at.</summary>
    private const int CandidatesMax = 20;

    /// <summary>Rows beyond the window that one order clears away: more than it adds.</summary>
    private const int ForgottenAtOnce = 4;

    /// <summary>An order is a flow a moment after it was noted; what is none after this time never became one.</summary>
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(1);

    /// <summary>Notes an order and looks for earlier ones like it. Of two at one instant the one that is noted second finds the first.</summary>
    /// <param name="id">The flow that the order will be.</param>
    /// <returns>The oldest payment that it may repeat, or <see langword="null"/>.</returns>
    public async ValueTask<FlowId?> FindAsync(FlowId id, MerchantCaller caller, PaymentOrder order, CancellationToken cancellationToken)
    {
        bool isNotNoted = order.Obligation is not null || PaymentOrder.ApprovalAcquirer(order.PaymentSource) is not null;
        bool isKnown = options.Duplicates == DuplicatePolicy.Off || isNotNoted || await flows.GetAsync(id, cancellationToken) is not null;
        if (isKnown)
        {
            return null;
        }

        DateTimeOffset now = timeProvider.GetUtcNow();
        foreach ((Guid other, DateTime orderedAt) in await NoteAsync(id, Fingerprint(caller, order), now, cancellationToken))
        {
            Flow? flow = await flows.GetAsync(new FlowId(other), cancellationToken);
            bool mayCount = flow is null ? now - new DateTimeOffset(orderedAt, TimeSpan.Zero) < StartTime : !PaymentRivals.IsOver(flow);
            if (mayCount)
            {
                return new FlowId(other);
            }
        }

        return null;
    }

    /// <summary>Forgets an order that was refused.</summary>
    public async ValueTask ForgetAsync(FlowId id, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "delete from payments.recent_payment where flow_id = @id", new { id = id.Value }, cancellationToken: cancellationToken));
    }

    private async ValueTask<IReadOnlyList<(Guid FlowId, DateTime OrderedAt)>> NoteAsync(
        FlowId id, string fingerprint, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);

        // Equal orders come one after another, so that the second sees the first.
        await connection.ExecuteAsync(new CommandDefinition(
            "select pg_advisory_xact_lock(hashtextextended(@fingerprint, 0))", new { fingerprint }, transaction, cancellationToken: cancellationToken));
        IEnumerable<(Guid, DateTime)> candidates = await connection.QueryAsync<(Guid, DateTime)>(new CommandDefinition(
            """
            with forgotten as (
                delete from payments.recent_payment where flow_id in (
                    select flow_id from payments.recent_payment where ordered_at < @from order by ordered_at limit @forgotten for update skip locked)
            ), noted as (
                insert into payments.recent_payment (flow_id, fingerprint, ordered_at) values (@id, @fingerprint, @now) on conflict do nothing
            )
            select flow_id, ordered_at from payments.recent_payment
            where fingerprint = @fingerprint and ordered_at >= @from and flow_id <> @id order by ordered_at limit @candidates
            """,
            new { id = id.Value, fingerprint, now, from = now - options.DuplicateWindow, candidates = CandidatesMax, forgotten = ForgottenAtOnce },
            transaction,
            cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        return [.. candidates];
    }

    private static string Fingerprint(MerchantCaller caller, PaymentOrder order) => RequestHash.Of(
        "payment",
        PaymentService.OwnerId(caller.MerchantId),
        order.PaymentSource,
        FlowFacts.AmountText(order.Amount.MinorUnits),
        order.Amount.Asset.Code,
        order.Description);
}
