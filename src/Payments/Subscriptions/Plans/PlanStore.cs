using System.Collections.Immutable;
using Dapper;
using Florin.Flows;
using Florin.Storage.Database;
using Npgsql;

namespace Florin.Payments.Subscriptions.Plans;

/// <summary>What became of a request for a version of a plan.</summary>
/// <param name="Plan">The version that the request made, now or before.</param>
/// <param name="Hash">Of the request that made it.</param>
internal sealed record StoredPlan(Plan Plan, string Hash, bool IsNew);

/// <summary>Reads and writes of plans. A version that is there never changes.</summary>
internal sealed class PlanStore(IDatabase database)
{
    private const string Columns =
        """
        plan_id as "PlanId", version as "Version", name as "Name", currency as "Currency", amount::text as "Amount", interval as "Interval",
        interval_count as "IntervalCount", trial_days as "TrialDays", prorates as "Prorates", request_hash as "RequestHash", created_at as "CreatedAt"
        """;

    /// <summary>Writes the next version, unless the request made one before.</summary>
    /// <param name="request">Names the request for ever.</param>
    public async ValueTask<StoredPlan> AddAsync(
        Guid merchant, Guid planId, PlanTerms terms, Guid request, string hash, DateTimeOffset at, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        while (true)
        {
            // Two requests at once want the same number: one of them inserts nothing, and looks again.
            int inserted = await connection.ExecuteAsync(new CommandDefinition(
                """
                insert into subscriptions.plan (
                    plan_id, version, merchant_id, name, currency, amount, interval, interval_count, trial_days, prorates, request_id, request_hash, created_at)
                select @planId, coalesce(max(version), 0) + 1, @merchant, @name, @currency, @amount::numeric, @interval, @count, @trial, @prorates, @request, @hash, @at
                from subscriptions.plan where plan_id = @planId
                on conflict do nothing
                """,
                new
                {
                    planId,
                    merchant,
                    name = terms.Name,
                    currency = terms.Amount.Asset.Code,
                    amount = FlowFacts.AmountText(terms.Amount.MinorUnits),
                    interval = terms.Interval.ToString().ToLowerInvariant(),
                    count = terms.IntervalCount,
                    trial = terms.TrialDays,
                    prorates = terms.Prorates,
                    request,
                    hash,
                    at,
                },
                cancellationToken: cancellationToken));
            PlanRow? row = await connection.QuerySingleOrDefaultAsync<PlanRow>(new CommandDefinition(
                $"select {Columns} from subscriptions.plan where request_id = @request", new { request }, cancellationToken: cancellationToken));
            if (row is not null)
            {
                return new StoredPlan(row.ToContract(), row.RequestHash, inserted == 1);
            }
        }
    }

    public async ValueTask<Plan?> FindAsync(Guid merchant, Guid planId, int? version, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        PlanRow? row = await connection.QuerySingleOrDefaultAsync<PlanRow>(new CommandDefinition(
            $"""
            select {Columns} from subscriptions.plan
            where plan_id = @planId and merchant_id = @merchant and (@version::integer is null or version = @version)
            order by version desc limit 1
            """,
            new { merchant, planId, version },
            cancellationToken: cancellationToken));
        return row?.ToContract();
    }

    public async ValueTask<ImmutableArray<Plan>> ListAsync(Guid merchant, Guid? before, int limit, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        IEnumerable<PlanRow> rows = await connection.QueryAsync<PlanRow>(new CommandDefinition(
            $"""
            select {Columns} from subscriptions.plan p
                join (select plan_id as first_id, created_at as first_at from subscriptions.plan where version = 1) f on f.first_id = p.plan_id
            where merchant_id = @merchant
                and version = (select max(version) from subscriptions.plan n where n.plan_id = p.plan_id)
                and (@before::uuid is null
                    or (first_at, plan_id) < (select b.created_at, b.plan_id from subscriptions.plan b where b.plan_id = @before and b.version = 1))
            order by first_at desc, plan_id desc
            limit @limit
            """,
            new { merchant, before, limit },
            cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToContract())];
    }

    private sealed record PlanRow
    {
        public required Guid PlanId { get; init; }

        public required int Version { get; init; }

        public required string Name { get; init; }

        public required string Currency { get; init; }

        public required string Amount { get; init; }

        public required string Interval { get; init; }

        public required int IntervalCount { get; init; }

        public required int TrialDays { get; init; }

        public required bool Prorates { get; init; }

        public required string RequestHash { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }

        public Plan ToContract() => new(
            PlanId,
            Version,
            new PlanTerms(
                Name,
                FlowFacts.Amount(Amount, Currency),
                Enum.Parse<PlanInterval>(Interval, ignoreCase: true),
                IntervalCount,
                TrialDays,
                Prorates),
            CreatedAt);
    }
}
