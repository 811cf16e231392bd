using System.Globalization;
using Dapper;
using Florin.Providers;
using Florin.Storage.Database;
using Npgsql;

namespace Florin.Payments.Settlement;

/// <summary>A line as its row stands.</summary>
/// <param name="Number">Its place in its batch, from 1.</param>
/// <param name="FlowId">The payment or deposit that it was matched with, or null.</param>
/// <param name="Difference">Signed: what was settled more than was captured.</param>
internal sealed record SettlementRow(int Number, SettlementLine Line, Guid? FlowId, Int128 Difference, bool IsSuspense);

/// <summary>What was settled of one payment.</summary>
/// <param name="Covered">Smallest units of what was captured that are settled.</param>
/// <param name="Reversed">Smallest units that the scheme did not pay after all.</param>
internal readonly record struct SettledOf(UInt128 Covered, UInt128 Reversed);

/// <summary>Reads and writes of batches and their lines.</summary>
internal sealed class SettlementStore(IDatabase database)
{
    private const string Columns =
        """
        number as "Number", line_id as "LineId", kind as "Kind", raw_kind as "RawKind", source_id as "SourceId", payment_id as "PaymentId",
        reference as "Reference", asset as "Asset", gross::text as "Gross", fee::text as "Fee", flow_id as "FlowId", difference::text as "Difference",
        is_suspense as "IsSuspense"
        """;

    public ValueTask<string?> GetCursorAsync(string provider, CancellationToken cancellationToken) => QueryAsync<string?>(
        "select cursor from payments.settlement_cursor where provider = @provider", new { provider }, cancellationToken);

    public ValueTask SetCursorAsync(string provider, string cursor, DateTimeOffset now, CancellationToken cancellationToken) => ExecuteAsync(
        """
        insert into payments.settlement_cursor (provider, cursor, read_at) values (@provider, @cursor, @now)
        on conflict (provider) do update set cursor = excluded.cursor, read_at = excluded.read_at
        """,
        new { provider, cursor, now },
        cancellationToken);

    /// <summary>From when on a provider's balance is followed, for providers that do not name lines: it is decided once, and stays.</summary>
    /// <param name="otherwise">Decided now, when it was not before.</param>
    public async ValueTask<DateTimeOffset> GetSinceAsync(string provider, DateTimeOffset otherwise, CancellationToken cancellationToken)
    {
        const string format = "O";
        string key = $"{provider}:since";
        string text = await GetCursorAsync(key, cancellationToken) ?? await QueryAsync<string>(
            """
            insert into payments.settlement_cursor as known (provider, cursor, read_at) values (@key, @text, @otherwise)
            on conflict (provider) do update set cursor = known.cursor returning cursor
            """,
            new { key, text = otherwise.ToString(format, CultureInfo.InvariantCulture), otherwise },
            cancellationToken);
        return DateTimeOffset.ParseExact(text, format, CultureInfo.InvariantCulture);
    }

    public ValueTask OpenAsync(string provider, string batch, Guid flowId, DateTimeOffset now, CancellationToken cancellationToken) => ExecuteAsync(
        """
        insert into payments.settlement_batch (provider, batch_id, flow_id, noticed_at) values (@provider, @batch, @flowId, @now)
        on conflict (provider, batch_id) do nothing
        """,
        new { provider, batch, flowId, now },
        cancellationToken);

    /// <summary>Stores lines that were never seen, numbered on. Repeating it changes nothing.</summary>
    /// <returns>How many of the lines belong to another batch.</returns>
    public async ValueTask<int> AddAsync(string provider, string batch, IReadOnlyList<SettlementLine> lines, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into payments.settlement_line
                (provider, line_id, batch_id, number, kind, raw_kind, source_id, payment_id, reference, asset, gross, fee)
            select @provider, line_id, @batch,
                row_number() over (order by place)
                    + coalesce((select max(number) from payments.settlement_line where provider = @provider and batch_id = @batch), 0),
                kind, raw_kind, source_id, payment_id, reference, asset, gross::numeric, fee::numeric
            from unnest(@ids, @kinds, @rawKinds, @sources, @payments, @references, @assets, @gross, @fees) with ordinality
                as line (line_id, kind, raw_kind, source_id, payment_id, reference, asset, gross, fee, place)
            where not exists (select 1 from payments.settlement_line known where known.provider = @provider and known.line_id = line.line_id)
            """,
            new
            {
                provider,
                batch,
                ids = lines.Select(line => line.Id).ToArray(),
                kinds = lines.Select(line => (short)line.Kind).ToArray(),
                rawKinds = lines.Select(line => line.RawKind).ToArray(),
                sources = lines.Select(line => line.SourceId).ToArray(),
                payments = lines.Select(line => line.PaymentId).ToArray(),
                references = lines.Select(line => line.OurReference).ToArray(),
                assets = lines.Select(line => line.Currency).ToArray(),
                gross = lines.Select(line => SettlementFacts.Text(line.Gross)).ToArray(),
                fees = lines.Select(line => SettlementFacts.Text(line.Fee)).ToArray(),
            },
            transaction,
            cancellationToken: cancellationToken));
        int duplicates = await connection.QuerySingleAsync<int>(new CommandDefinition(
            "select count(*)::int from payments.settlement_line where provider = @provider and line_id = any(@ids) and batch_id <> @batch",
            new { provider, batch, ids = lines.Select(line => line.Id).ToArray() },
            transaction,
            cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        return duplicates;
    }

    public ValueTask<int> CountAsync(string provider, string batch, CancellationToken cancellationToken) => QueryAsync<int>(
        "select count(*)::int from payments.settlement_line where provider = @provider and batch_id = @batch", new { provider, batch }, cancellationToken);

    /// <summary>Lines of a batch after a number, in order.</summary>
    public async ValueTask<IReadOnlyList<SettlementRow>> ListAsync(
        string provider, string batch, int after, int limit, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        IEnumerable<Row> rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"select {Columns} from payments.settlement_line where provider = @provider and batch_id = @batch and number > @after order by number limit @limit",
            new { provider, batch, after, limit },
            cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToLine())];
    }

    /// <summary>Keeps what a line was matched with, before it is posted so.</summary>
    public ValueTask MatchAsync(string provider, SettlementRow row, CancellationToken cancellationToken) => ExecuteAsync(
        """
        update payments.settlement_line set flow_id = @FlowId, difference = @difference::numeric, is_suspense = @IsSuspense
        where provider = @provider and line_id = @id
        """,
        new { provider, id = row.Line.Id, row.FlowId, difference = SettlementFacts.Text(row.Difference), row.IsSuspense },
        cancellationToken);

    /// <summary>Says how far a batch is posted; never less far than before.</summary>
    public ValueTask AdvanceAsync(string provider, string batch, int through, CancellationToken cancellationToken) => ExecuteAsync(
        """
        update payments.settlement_batch set posted_through = @through
        where provider = @provider and batch_id = @batch and posted_through < @through
        """,
        new { provider, batch, through },
        cancellationToken);

    public ValueTask SetReturnedAsync(string provider, string batch, bool isReturned, CancellationToken cancellationToken) => ExecuteAsync(
        "update payments.settlement_batch set is_returned = @isReturned where provider = @provider and batch_id = @batch",
        new { provider, batch, isReturned },
        cancellationToken);

    /// <summary>What stands settled of a payment now.</summary>
    public async ValueTask<SettledOf> OfAsync(Guid flowId, CancellationToken cancellationToken)
    {
        (string covered, string reversed) = await QueryAsync<(string, string)>(
            """
            select coalesce(sum(l.gross - l.difference) filter (where l.kind = @payment), 0)::text,
                coalesce(-sum(l.gross) filter (where l.kind = @reversal), 0)::text
            from payments.settlement_line l join payments.settlement_batch b on b.provider = l.provider and b.batch_id = l.batch_id
            where l.flow_id = @flowId and l.number <= b.posted_through and not l.is_suspense
                and (not b.is_returned or l.kind = @reversal)
            """,
            new { flowId, payment = (short)SettlementLineKind.Payment, reversal = (short)SettlementLineKind.PaymentReversal },
            cancellationToken);
        return new SettledOf(Amount(covered), Amount(reversed));
    }

    /// <summary>What lines before this one have covered of the same payment, returned ones included, and how many they are.</summary>
    public async ValueTask<(UInt128 Covered, int Lines)> BeforeAsync(
        string provider, string batch, int number, Guid flowId, CancellationToken cancellationToken)
    {
        (string covered, int lines) = await QueryAsync<(string, int)>(
            """
            select coalesce(sum(gross - difference), 0)::text, count(*)::int from payments.settlement_line
            where flow_id = @flowId and kind = @payment and not (provider = @provider and batch_id = @batch and number >= @number)
            """,
            new { flowId, provider, batch, number, payment = (short)SettlementLineKind.Payment },
            cancellationToken);
        return (Amount(covered), lines);
    }

    /// <summary>The payment of the line that is about this object of the provider's, such as a capture.</summary>
    public ValueTask<Guid?> FlowOfSourceAsync(string provider, string sourceId, CancellationToken cancellationToken) => QueryAsync<Guid?>(
        "select flow_id from payments.settlement_line where provider = @provider and source_id = @sourceId and kind = @payment and flow_id is not null limit 1",
        new { provider, sourceId, payment = (short)SettlementLineKind.Payment },
        cancellationToken);

    /// <summary>The payments and deposits of a batch's lines with numbers in a range.</summary>
    public async ValueTask<IReadOnlyList<Guid>> FlowsAsync(string provider, string batch, int after, int limit, CancellationToken cancellationToken) =>
    [
        .. (await ListAsync(provider, batch, after, limit, cancellationToken)).Where(row => row.FlowId is not null).Select(row => row.FlowId!.Value).Distinct(),
    ];

    private static UInt128 Amount(string text) =>
        UInt128.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private async ValueTask<T> QueryAsync<T>(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        return (await connection.QuerySingleOrDefaultAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken)))!;
    }

    private async ValueTask ExecuteAsync(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
    }

    private sealed record Row
    {
        public required int Number { get; init; }

        public required string LineId { get; init; }

        public required short Kind { get; init; }

        public required string RawKind { get; init; }

        public required string SourceId { get; init; }

        public string? PaymentId { get; init; }

        public string? Reference { get; init; }

        public required string Asset { get; init; }

        public required string Gross { get; init; }

        public required string Fee { get; init; }

        public Guid? FlowId { get; init; }

        public required string Difference { get; init; }

        public required bool IsSuspense { get; init; }

        public SettlementRow ToLine() => new(
            Number,
            new SettlementLine(LineId, (SettlementLineKind)Kind, SourceId, PaymentId, Reference, Signed(Gross), Signed(Fee), Asset, RawKind),
            FlowId,
            Signed(Difference),
            IsSuspense);

        private static Int128 Signed(string text) => Int128.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }
}
