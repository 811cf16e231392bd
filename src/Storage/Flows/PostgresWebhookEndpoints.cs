using System.Collections.Immutable;
using Florin.Flows;
using Florin.Storage.Database;
using Npgsql;

namespace Florin.Storage.Flows;

/// <summary>Webhook endpoints in PostgreSQL. Thread-safe.</summary>
internal sealed class PostgresWebhookEndpoints(IDatabase database) : IWebhookEndpointStore
{
    private readonly NpgsqlDataSource dataSource = database.DataSource;

    // Two that are added at once may both see the last free place; a place more hurts nobody.
    public async ValueTask<bool> AddAsync(
        WebhookEndpoint endpoint, byte[] secret, string createdBy, int countMax, CancellationToken cancellationToken) =>
        await dataSource.ExecuteAsync(
            """
            insert into flows.webhook_endpoint (id, url, description, event_types, secret, created_at, created_by)
            select $1, $2, $3::text, $4, $5, $6, $7
            where (select count(*) from flows.webhook_endpoint where removed_at is null) < $8
            """,
            cancellationToken,
            endpoint.Id.Value,
            endpoint.Url.OriginalString,
            endpoint.Description,
            endpoint.EventTypes.ToArray(),
            secret,
            endpoint.CreatedAt,
            createdBy,
            countMax) == 1;

    public ValueTask<ImmutableArray<WebhookEndpoint>> ListAsync(WebhookEndpointId? id, CancellationToken cancellationToken) =>
        dataSource.QueryAsync(
            """
            select id, url, description, event_types, enabled, disabled_reason, paused_until, previous_until, created_at
            from flows.webhook_endpoint where removed_at is null and ($1::uuid is null or id = $1::uuid) order by created_at, id
            """,
            Read,
            cancellationToken,
            id?.Value);

    public async ValueTask<bool> RemoveAsync(WebhookEndpointId id, DateTimeOffset now, CancellationToken cancellationToken) =>
        await dataSource.ExecuteAsync(
            """
            update flows.webhook_endpoint set removed_at = $2, secret = null, previous_secret = null, previous_until = null
            where id = $1 and removed_at is null
            """,
            cancellationToken,
            id.Value,
            now) == 1;

    public async ValueTask<bool> RotateAsync(
        WebhookEndpointId id, byte[] secret, DateTimeOffset? previousUntil, CancellationToken cancellationToken) =>
        await dataSource.ExecuteAsync(
            """
            update flows.webhook_endpoint set
                previous_secret = case when $3::timestamptz is null then null else secret end,
                previous_until = $3::timestamptz,
                secret = $2
            where id = $1 and removed_at is null
            """,
            cancellationToken,
            id.Value,
            secret,
            previousUntil) == 1;

    public async ValueTask<bool> SetEnabledAsync(WebhookEndpointId id, string? disabledReason, CancellationToken cancellationToken) =>
        await dataSource.ExecuteAsync(
            """
            update flows.webhook_endpoint set enabled = $2::text is null, disabled_reason = $2::text, paused_until = null
            where id = $1 and removed_at is null
            """,
            cancellationToken,
            id.Value,
            disabledReason) == 1;

    public async ValueTask PauseAsync(WebhookEndpointId id, DateTimeOffset until, CancellationToken cancellationToken) =>
        await dataSource.ExecuteAsync(
            "update flows.webhook_endpoint set paused_until = greatest(paused_until, $2) where id = $1 and removed_at is null",
            cancellationToken,
            id.Value,
            until);

    private static WebhookEndpoint Read(NpgsqlDataReader row) => new(
        new WebhookEndpointId(row.GetGuid(0)),
        new Uri(row.GetString(1)),
        FlowRows.TextOrNull(row, 2),
        [.. row.GetFieldValue<string[]>(3)],
        row.GetBoolean(4),
        FlowRows.TextOrNull(row, 5),
        FlowRows.TimeOrNull(row, 6),
        FlowRows.TimeOrNull(row, 7),
        FlowRows.Time(row, 8));
}
