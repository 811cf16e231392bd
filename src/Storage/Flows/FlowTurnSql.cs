namespace Florin.Storage.Flows;

/// <summary>The statements of a turn: taking a flow, giving it back, and knowing when the next one is due.</summary>
internal static class FlowTurnSql
{
    /// <summary>
    /// One text, asked for of each row that an index gives. Two columns joined with a list had PostgreSQL read the whole table: before its first
    /// analysis it takes nearly every row for a held one, and a join for the cheaper way.
    /// </summary>
    private const string KindAndState = "kind || ' ' || state";

    /// <summary>
    /// The lower bound holds for every lease. It is there for a plan that is made while the table is empty and kept while it grows: without it
    /// PostgreSQL expects a third of all flows here, and reads all of them.
    /// </summary>
    private const string Leased = "lease is not null and lease_until > '-infinity'";

    /// <summary>$1 lease, $2 now, $3 lease until, $4 limit, $5 the <see cref="KindAndState"/> that this program knows. Flows of holders that died come first: they waited longest.</summary>
    /// <remarks>
    /// Two index scans rather than one condition with <c>or</c>, so that a million resting flows cost nothing. What this program does not know is
    /// left to the newer one that wrote it, untouched (fault T-05).
    /// </remarks>
    public const string ClaimDue = $"""
        with abandoned as (
            select id from flows.flow
            where {Leased} and lease_until <= $2 and parked_reason is null and {KindAndState} = any($5)
            order by lease_until limit $4 for update skip locked
        ), fresh as (
            select id from flows.flow
            where lease is null and parked_reason is null and due_at is not null and due_at <= $2 and {KindAndState} = any($5)
            order by due_at limit $4 for update skip locked
        ), picked as (
            select id from abandoned union all select id from fresh limit $4
        )
        update flows.flow f set lease = $1, lease_until = $3
        where f.id = any(array(select id from picked))
        returning {FlowRows.FlowColumns}
        """;

    /// <summary>$1 flow, $2 lease, $3 now, $4 lease until. It becomes due, so that it is taken up again if this holder dies.</summary>
    public const string ClaimOne = $"""
        update flows.flow f set lease = $2, lease_until = $4, due_at = least(coalesce(f.due_at, $3), $3)
        where f.id = $1 and f.parked_reason is null and (f.lease is null or f.lease_until <= $3)
        returning {FlowRows.FlowColumns}
        """;

    /// <summary>$1 flow, $2 lease, $3 due, $4 attempts, $5 reason of parking, $6 last signal seen, $7 whether the signals seen are done with.</summary>
    /// <remarks>
    /// A signal that came after the last one seen makes the flow due at once. That is read from the row itself and not from the signals, because
    /// after waiting for the row's lock a statement sees the new row but still the old signals.
    /// </remarks>
    public const string Release = """
        update flows.flow f set
            lease = null,
            lease_until = null,
            attempts = $4,
            parked_reason = $5::text,
            due_at = case when f.last_signal_id > greatest(f.considered_signal_id, $6::bigint) then f.last_signal_at else $3::timestamptz end,
            considered_signal_id = case when $7 then greatest(f.considered_signal_id, $6::bigint) else f.considered_signal_id end
        where f.id = $1 and f.lease = $2
        """;

    /// <summary>$1 the <see cref="KindAndState"/> that this program knows. A flow that is held becomes free, at the latest, when its lease ends.</summary>
    public const string NextDue = $"""
        select least(
            (select due_at from flows.flow where lease is null and parked_reason is null and due_at is not null
                and {KindAndState} = any($1) order by due_at limit 1),
            (select lease_until from flows.flow where {Leased} and lease_until < 'infinity' and parked_reason is null
                and {KindAndState} = any($1) order by lease_until limit 1))
        """;
}
