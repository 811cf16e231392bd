using System.Collections.Immutable;
using Florin.Flows;
using Florin.Storage.Database;
using Npgsql;

namespace Florin.Storage.Flows;

/// <summary>Deliveries in PostgreSQL. Thread-safe.</summary>
internal sealed class PostgresWebhookDeliveries(IDatabase database) : IWebhookDeliveries
{
    // A younger event of an object waits until the older was tried once, and no longer: a receiver that chokes on one gets the next.
    private const string Claim = """
        with claimed as (
            select e.id as endpoint_id, p.sequence
            from flows.webhook_endpoint e
            left join unnest($3::uuid[], $4::integer[]) as busy (id, taken) on busy.id = e.id
            cross join lateral (
                select d.sequence from flows.delivery d
                where d.endpoint_id = e.id and d.status = 'pending' and d.due_at <= $1
                    and not exists (
                        select from flows.delivery older
                        where older.endpoint_id = d.endpoint_id and older.flow_id = d.flow_id and older.status = 'pending'
                            and older.sequence < d.sequence and older.attempts = 0)
                order by d.due_at, d.sequence
                limit greatest($5 - coalesce(busy.taken, 0), 0)
                for update of d skip locked
            ) p
            where e.enabled and e.removed_at is null and (e.paused_until is null or e.paused_until <= $1)
        )
        update flows.delivery d set due_at = $2
        from claimed c
        join flows.webhook_endpoint e on e.id = c.endpoint_id
        join flows.event v on v.sequence = c.sequence
        where d.endpoint_id = c.endpoint_id and d.sequence = c.sequence
        returning d.endpoint_id, d.attempts, d.replayed, e.url, e.secret, case when e.previous_until > $1 then e.previous_secret end,
            v.sequence, v.flow_id, v.version, v.type, v.owner_id, v.occurred_at, v.body
        """;

    private const string List = """
        select d.endpoint_id, d.sequence, d.flow_id, v.version, v.type, d.status, d.attempts, d.due_at, d.replayed,
            d.last_attempt_at, d.last_status, d.last_error
        from flows.delivery d join flows.event v using (sequence)
        where d.endpoint_id = $1 and ($2::text is null or d.status = $2::text) and ($3::bigint is null or d.sequence < $3::bigint)
        order by d.sequence desc limit $4
        """;

    private const string Replay = """
        with chosen as (
            select v.sequence, v.flow_id, e.id
            from flows.webhook_endpoint e join flows.event v on flows.wants(e.event_types, v.type)
            where e.id = $1 and e.removed_at is null and v.sequence > $2
            order by v.sequence limit $3
        ), queued as (
            insert into flows.delivery as d (endpoint_id, sequence, flow_id, due_at, replayed)
            select id, sequence, flow_id, $4, true from chosen
            on conflict (endpoint_id, sequence) do update set status = 'pending', attempts = 0, due_at = excluded.due_at, replayed = true
            returning sequence
        )
        select count(*), coalesce(max(sequence), $2) from queued
        """;

    private readonly NpgsqlDataSource dataSource = database.DataSource;

    public ValueTask<ImmutableArray<ClaimedDelivery>> ClaimAsync(
        DateTimeOffset now,
        TimeSpan leaseTime,
        IReadOnlyDictionary<WebhookEndpointId, int> taken,
        int perEndpointMax,
        CancellationToken cancellationToken)
    {
        DateTimeOffset leaseUntil = now + leaseTime;
        return dataSource.QueryAsync(
            Claim,
            row => ReadClaimed(row, leaseUntil),
            cancellationToken,
            now,
            leaseUntil,
            taken.Keys.Select(id => id.Value).ToArray(),
            taken.Values.ToArray(),
            perEndpointMax);
    }

    public async ValueTask SucceedAsync(ClaimedDelivery delivery, DateTimeOffset now, int status, CancellationToken cancellationToken) =>
        await dataSource.ExecuteAsync(
            """
            update flows.delivery set status = 'delivered', attempts = $3, last_attempt_at = $4, last_status = $5, last_error = null
            where endpoint_id = $1 and sequence = $2 and due_at = $6
            """,
            cancellationToken,
            delivery.EndpointId.Value,
            delivery.Event.Sequence,
            delivery.Attempts + 1,
            now,
            status,
            delivery.LeaseUntil);

    public async ValueTask FailAsync(
        ClaimedDelivery delivery, DateTimeOffset now, int? status, string error, DateTimeOffset? retryAt, CancellationToken cancellationToken) =>
        await dataSource.ExecuteAsync(
            """
            update flows.delivery set
                status = case when $7::timestamptz is null then 'parked' else status end,
                attempts = $3,
                last_attempt_at = $4,
                last_status = $5::integer,
                last_error = $6,
                due_at = coalesce($7::timestamptz, due_at)
            where endpoint_id = $1 and sequence = $2 and status = 'pending' and due_at = $8
            """,
            cancellationToken,
            delivery.EndpointId.Value,
            delivery.Event.Sequence,
            delivery.Attempts + 1,
            now,
            status,
            error,
            retryAt,
            delivery.LeaseUntil);

    public ValueTask<ImmutableArray<WebhookDelivery>> ListAsync(
        WebhookEndpointId id, string? status, long? before, int limit, CancellationToken cancellationToken) =>
        dataSource.QueryAsync(List, Read, cancellationToken, id.Value, status, before, limit);

    public async ValueTask<QueuedReplay> ReplayAsync(
        WebhookEndpointId id, long since, int limit, DateTimeOffset now, CancellationToken cancellationToken)
    {
        (long count, long last) = (await dataSource.QueryAsync(
            Replay, row => (row.GetInt64(0), row.GetInt64(1)), cancellationToken, id.Value, since, limit, now)).Single();
        return new QueuedReplay((int)count, last, HasMore: count == limit);
    }

    public async ValueTask<bool> ReplayOneAsync(WebhookEndpointId id, long sequence, DateTimeOffset now, CancellationToken cancellationToken) =>
        await dataSource.ExecuteAsync(
            """
            update flows.delivery set status = 'pending', attempts = 0, due_at = $3, replayed = true
            where endpoint_id = $1 and sequence = $2
                and exists (select from flows.webhook_endpoint e where e.id = $1 and e.removed_at is null)
            """,
            cancellationToken,
            id.Value,
            sequence,
            now) == 1;

    public async ValueTask<DeliveryBacklog> MeasureAsync(CancellationToken cancellationToken) =>
        (await dataSource.QueryAsync(
            """
            select count(*) filter (where d.status = 'pending'), count(*) filter (where d.status = 'parked'),
                min(v.occurred_at) filter (where d.status = 'pending')
            from flows.delivery d join flows.event v using (sequence) join flows.webhook_endpoint e on e.id = d.endpoint_id
            where d.status <> 'delivered' and e.removed_at is null
            """,
            row => new DeliveryBacklog(row.GetInt64(0), row.GetInt64(1), FlowRows.TimeOrNull(row, 2)),
            cancellationToken)).Single();

    private static ClaimedDelivery ReadClaimed(NpgsqlDataReader row, DateTimeOffset leaseUntil) => new(
        new WebhookEndpointId(row.GetGuid(0)),
        new Uri(row.GetString(3)),
        row.IsDBNull(5) ? [row.GetFieldValue<byte[]>(4)] : [row.GetFieldValue<byte[]>(4), row.GetFieldValue<byte[]>(5)],
        PostgresEventLog.ReadEvent(row, 6),
        row.GetInt32(1),
        row.GetBoolean(2),
        leaseUntil);

    private static WebhookDelivery Read(NpgsqlDataReader row) => new(
        new WebhookEndpointId(row.GetGuid(0)),
        row.GetInt64(1),
        OutboundEvent.IdOf(new FlowId(row.GetGuid(2)), row.GetInt32(3)),
        row.GetString(4),
        row.GetString(5),
        row.GetInt32(6),
        FlowRows.Time(row, 7),
        row.GetBoolean(8),
        FlowRows.TimeOrNull(row, 9),
        row.IsDBNull(10) ? null : row.GetInt32(10),
        FlowRows.TextOrNull(row, 11));
}
