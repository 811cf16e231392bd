using System.Collections.Immutable;
using Florin.Flows;
using Florin.Storage.Database;
using Npgsql;

namespace Florin.Storage.Flows;

/// <summary>The inbox of provider events in PostgreSQL. Thread-safe.</summary>
internal sealed class PostgresWebhookInbox(IDatabase database) : IWebhookInbox
{
    private const string Columns = "e.provider, e.event_id, e.type, e.object_id, e.body, e.via, e.received_at, e.attempts, e.status, e.note";

    // An event waits for every older pending one of its object, also for one that is being worked on or waits for its next attempt. A parked
    // event holds nobody up: order does not matter for correctness, only for fewer retries.
    private const string Claim = $"""
        with picked as (
            select e.provider, e.event_id from flows.inbound_event e
            where e.status = 'pending' and e.due_at <= $1
                and (e.object_id = '' or not exists (
                    select from flows.inbound_event older
                    where older.status = 'pending' and older.provider = e.provider and older.object_id = e.object_id
                        and older.sequence < e.sequence))
            order by e.due_at, e.sequence limit $3 for update of e skip locked
        )
        update flows.inbound_event e set due_at = $2
        from picked where e.provider = picked.provider and e.event_id = picked.event_id
        returning {Columns}
        """;

    private readonly NpgsqlDataSource dataSource = database.DataSource;

    public async ValueTask<bool> StoreAsync(InboundEvent inboundEvent, CancellationToken cancellationToken) =>
        await dataSource.ExecuteAsync(
            """
            insert into flows.inbound_event (provider, event_id, type, object_id, body, via, received_at, due_at)
            values ($1, $2, $3, $4, $5, $6, $7, $7)
            on conflict (provider, event_id) do nothing
            """,
            cancellationToken,
            inboundEvent.Provider,
            inboundEvent.EventId,
            inboundEvent.Type,
            inboundEvent.ObjectId,
            inboundEvent.Body,
            inboundEvent.Via,
            inboundEvent.ReceivedAt) == 1;

    public ValueTask<ImmutableArray<InboundEvent>> ClaimAsync(
        DateTimeOffset now, TimeSpan leaseTime, int limit, CancellationToken cancellationToken) =>
        dataSource.QueryAsync(Claim, Read, cancellationToken, now, now + leaseTime, limit);

    public async ValueTask CompleteAsync(string provider, string eventId, bool ignored, string? note, CancellationToken cancellationToken) =>
        await dataSource.ExecuteAsync(
            "update flows.inbound_event set status = $3, note = $4::text where provider = $1 and event_id = $2",
            cancellationToken,
            provider,
            eventId,
            ignored ? "ignored" : "done",
            note);

    public async ValueTask FailAsync(
        string provider, string eventId, string note, DateTimeOffset? retryAt, CancellationToken cancellationToken) =>
        await dataSource.ExecuteAsync(
            """
            update flows.inbound_event set
                attempts = attempts + 1,
                note = $3,
                due_at = coalesce($4::timestamptz, due_at),
                status = case when $4::timestamptz is null then 'parked' else status end
            where provider = $1 and event_id = $2 and status = 'pending'
            """,
            cancellationToken,
            provider,
            eventId,
            note,
            retryAt);

    public async ValueTask<bool> ReplayAsync(string provider, string eventId, CancellationToken cancellationToken) =>
        await dataSource.ExecuteAsync(
            """
            update flows.inbound_event set status = 'pending', attempts = 0, due_at = received_at
            where provider = $1 and event_id = $2
            """,
            cancellationToken,
            provider,
            eventId) == 1;

    public ValueTask<ImmutableArray<InboundEvent>> ListAsync(string? status, int limit, CancellationToken cancellationToken) =>
        status is null
            ? dataSource.QueryAsync(
                $"select {Columns} from flows.inbound_event e order by e.sequence desc limit $1", Read, cancellationToken, limit)
            : dataSource.QueryAsync(
                $"select {Columns} from flows.inbound_event e where e.status = $1 order by e.sequence desc limit $2",
                Read,
                cancellationToken,
                status,
                limit);

    public async ValueTask<string?> GetCursorAsync(string provider, CancellationToken cancellationToken) =>
        (await dataSource.QueryAsync(
            "select cursor from flows.pull_cursor where provider = $1", row => row.GetString(0), cancellationToken, provider)).SingleOrDefault();

    public async ValueTask SetCursorAsync(string provider, string cursor, CancellationToken cancellationToken) =>
        await dataSource.ExecuteAsync(
            """
            insert into flows.pull_cursor (provider, cursor) values ($1, $2)
            on conflict (provider) do update set cursor = excluded.cursor
            """,
            cancellationToken,
            provider,
            cursor);

    private static InboundEvent Read(NpgsqlDataReader row) =>
        new(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5), FlowRows.Time(row, 6))
        {
            Attempts = row.GetInt32(7),
            Status = row.GetString(8),
            Note = FlowRows.TextOrNull(row, 9),
        };
}
