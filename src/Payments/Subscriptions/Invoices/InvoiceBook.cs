using System.Collections.Immutable;
using Dapper;
using Florin.Flows;
using Florin.Ledger;
using Florin.Storage.Database;
using Npgsql;

namespace Florin.Payments.Subscriptions.Invoices;

/// <summary>
/// Gives invoices their numbers: from 1 without a gap for each merchant. The number is taken in the transaction that commits the invoice, under the lock of the
/// merchant's counter, so that one which is rolled back gives its number back and nobody sees a number before the one below it.
/// </summary>
internal sealed class InvoiceBook(IDatabase database)
{
    /// <summary>Writes the invoice, its lines and what they use of the customer's credit, in one transaction; once for ever under the draft's id.</summary>
    /// <returns>The invoice as it is committed, whoever wrote it.</returns>
    public async ValueTask<IssuedInvoice> IssueAsync(
        Guid merchant, Guid subscription, string customer, Asset asset, InvoiceDraft draft, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        long number = await connection.QuerySingleAsync<long>(new CommandDefinition(
            """
            insert into subscriptions.invoice_counter as c (merchant_id, last_number) values (@merchant, 1)
            on conflict (merchant_id) do update set last_number = c.last_number + 1
            returning last_number
            """,
            new { merchant },
            transaction,
            cancellationToken: cancellationToken));

        // From here the merchant's invoices are written by nobody else. Leaving without a commit takes the number back.
        if (await FindAsync(connection, transaction, draft.Id, cancellationToken) is { } existing)
        {
            return existing;
        }

        UInt128 charges = Sum(draft, asset, isCredit: false);
        UInt128 credits = Sum(draft, asset, isCredit: true);
        UInt128 due = charges > credits ? charges - credits : UInt128.Zero;
        UInt128 credited = credits > charges ? credits - charges : UInt128.Zero;
        UInt128 used = await MoveCreditAsync(connection, transaction, merchant, customer, asset, due, credited, cancellationToken);
        ImmutableArray<DraftLine> lines = used == 0
            ? draft.Lines
            : draft.Lines.Add(new DraftLine(LineKinds.CustomerCredit, null, null, null, null, FlowFacts.AmountText(used), IsCredit: true));
        IssuedInvoice issued = new(
            draft.Id, number, FlowFacts.AmountText(due - used), FlowFacts.AmountText(credited), lines, draft.At);
        await WriteAsync(connection, transaction, merchant, subscription, customer, asset, issued, cancellationToken);

        // The point of no return: a cancelled commit has no known outcome.
        await transaction.CommitAsync(CancellationToken.None);
        return issued;
    }

    private static UInt128 Sum(InvoiceDraft draft, Asset asset, bool isCredit) => draft.Lines
        .Where(line => line.IsCredit == isCredit).Aggregate(UInt128.Zero, (sum, line) => checked(sum + line.Units(asset.Code)));

    /// <summary>Adds what the invoice credits to the customer's credit, or takes what it can use of it.</summary>
    /// <returns>What it uses; at most <paramref name="due"/>.</returns>
    private static async ValueTask<UInt128> MoveCreditAsync(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        Guid merchant,
        string customer,
        Asset asset,
        UInt128 due,
        UInt128 credited,
        CancellationToken cancellationToken)
    {
        string? balance = await connection.QuerySingleOrDefaultAsync<string>(new CommandDefinition(
            "select balance::text from subscriptions.customer_credit where merchant_id = @merchant and customer = @customer and currency = @currency",
            new { merchant, customer, currency = asset.Code },
            transaction,
            cancellationToken: cancellationToken));
        UInt128 before = balance is null ? UInt128.Zero : FlowFacts.Amount(balance, asset.Code).MinorUnits;
        UInt128 used = UInt128.Min(before, due);
        UInt128 after = checked(before - used + credited);
        if (after != before)
        {
            await connection.ExecuteAsync(new CommandDefinition(
                """
                insert into subscriptions.customer_credit (merchant_id, customer, currency, balance) values (@merchant, @customer, @currency, @after::numeric)
                on conflict (merchant_id, customer, currency) do update set balance = excluded.balance
                """,
                new { merchant, customer, currency = asset.Code, after = FlowFacts.AmountText(after) },
                transaction,
                cancellationToken: cancellationToken));
        }

        return used;
    }

    private static async ValueTask WriteAsync(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        Guid merchant,
        Guid subscription,
        string customer,
        Asset asset,
        IssuedInvoice issued,
        CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into subscriptions.invoice (id, merchant_id, number, subscription_id, customer, currency, total, credited, issued_at)
            values (@Id, @merchant, @Number, @subscription, @customer, @currency, @Total::numeric, @Credited::numeric, @IssuedAt)
            """,
            new { issued.Id, merchant, issued.Number, subscription, customer, currency = asset.Code, issued.Total, issued.Credited, issued.IssuedAt },
            transaction,
            cancellationToken: cancellationToken));
        await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into subscriptions.invoice_line (invoice_id, position, kind, plan_id, plan_version, period_from, period_to, amount, is_credit)
            values (@InvoiceId, @Position, @Kind, @PlanId, @PlanVersion, @From, @To, @Amount::numeric, @IsCredit)
            """,
            issued.Lines.Select((line, index) => new
            {
                InvoiceId = issued.Id,
                Position = index + 1,
                line.Kind,
                line.PlanId,
                line.PlanVersion,
                line.From,
                line.To,
                line.Amount,
                line.IsCredit,
            }),
            transaction,
            cancellationToken: cancellationToken));
    }

    private static async ValueTask<IssuedInvoice?> FindAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Guid id, CancellationToken cancellationToken)
    {
        InvoiceRow? row = await connection.QuerySingleOrDefaultAsync<InvoiceRow>(new CommandDefinition(
            """
            select number as "Number", total::text as "Total", credited::text as "Credited", issued_at as "IssuedAt" from subscriptions.invoice where id = @id
            """,
            new { id },
            transaction,
            cancellationToken: cancellationToken));
        if (row is null)
        {
            return null;
        }

        IEnumerable<LineRow> lines = await connection.QueryAsync<LineRow>(new CommandDefinition(
            """
            select kind as "Kind", plan_id as "PlanId", plan_version as "PlanVersion", period_from as "From", period_to as "To", amount::text as "Amount",
                is_credit as "IsCredit"
            from subscriptions.invoice_line where invoice_id = @id order by position
            """,
            new { id },
            transaction,
            cancellationToken: cancellationToken));
        return new IssuedInvoice(
            id,
            row.Number,
            row.Total,
            row.Credited,
            [.. lines.Select(line => new DraftLine(line.Kind, line.PlanId, line.PlanVersion, line.From, line.To, line.Amount, line.IsCredit))],
            row.IssuedAt);
    }

    private sealed record InvoiceRow
    {
        public required long Number { get; init; }

        public required string Total { get; init; }

        public required string Credited { get; init; }

        public required DateTimeOffset IssuedAt { get; init; }
    }

    private sealed record LineRow
    {
        public required string Kind { get; init; }

        public Guid? PlanId { get; init; }

        public int? PlanVersion { get; init; }

        public DateTimeOffset? From { get; init; }

        public DateTimeOffset? To { get; init; }

        public required string Amount { get; init; }

        public required bool IsCredit { get; init; }
    }
}
