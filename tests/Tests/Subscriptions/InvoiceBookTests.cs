using Florin.Ledger;
using Florin.Payments.Subscriptions.Invoices;
using Florin.Tests.Support;
using Npgsql;
using Xunit;

namespace Florin.Tests.Subscriptions;

/// <summary>Numbers without gaps, on the real PostgreSQL; SQL over the tables judges.</summary>
public sealed class InvoiceBookTests
{
    private const string Refused = "refused";

    private static readonly IdSource Ids = new SystemIdSource(TimeProvider.System);

    private static readonly DateTimeOffset At = new(2027, 1, 31, 10, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Numbers_have_no_gap_whoever_writes_at_once_and_whatever_is_rolled_back()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync(
            $"""
            create function subscriptions.refuse_some() returns trigger language plpgsql as $$
            begin
                if exists (select from subscriptions.invoice where id = new.invoice_id and customer = '{Refused}') then
                    raise exception 'the last line of this one is not written';
                end if;
                return new;
            end $$;
            create trigger refuse_some before insert on subscriptions.invoice_line for each row execute function subscriptions.refuse_some();
            """);
        InvoiceBook book = new(database);
        Guid[] merchants = [Ids.NextId(), Ids.NextId(), Ids.NextId()];

        // Every third one has its number already when it is refused.
        async Task<bool> WriteAsync(int index)
        {
            string customer = index % 3 == 0 ? Refused : $"customer-{index % 5}";
            try
            {
                await book.IssueAsync(merchants[index % 7 % 3], Ids.NextId(), customer, Assets.Get("USD"), Draft(Ids.NextId(), 1000), Cancellation);
                return true;
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.RaiseException)
            {
                return false;
            }
        }

        bool[] written = await Task.WhenAll(Enumerable.Range(0, 300).Select(WriteAsync));
        Assert.Equal(200, written.Count(isWritten => isWritten));
        Assert.Equal(200, await database.QueryAsync<long>("select count(*) from subscriptions.invoice"));
        Assert.Equal(0, await database.QueryAsync<long>(
            "select count(*) from (select merchant_id from subscriptions.invoice group by 1 having min(number) <> 1 or max(number) <> count(*)) gaps"));
        Assert.Equal(0, await database.QueryAsync<long>(
            "select count(*) from subscriptions.invoice_counter c where last_number <> (select max(number) from subscriptions.invoice i where i.merchant_id = c.merchant_id)"));
    }

    [Fact]
    public async Task The_same_draft_written_by_many_at_once_is_one_invoice_with_one_number()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        InvoiceBook book = new(database);
        Guid merchant = Ids.NextId();
        InvoiceDraft draft = Draft(Ids.NextId(), 2500);
        IssuedInvoice[] issued = await Task.WhenAll(Enumerable.Range(0, 20).Select(
            _ => book.IssueAsync(merchant, Guid.Empty, "ann", Assets.Get("USD"), draft, Cancellation).AsTask()));
        Assert.All(issued, invoice => Assert.Equal((1L, "2500", 1), (invoice.Number, invoice.Total, invoice.Lines.Length)));
        Assert.Equal(2, (await book.IssueAsync(merchant, Guid.Empty, "ann", Assets.Get("USD"), Draft(Ids.NextId(), 1), Cancellation)).Number);
    }

    [Fact]
    public async Task Credit_is_used_once_by_whatever_invoices_come_at_once()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        InvoiceBook book = new(database);
        Guid merchant = Ids.NextId();
        IssuedInvoice note = await IssueAsync(new DraftLine(LineKinds.ProrationCredit, null, null, null, null, "2500", IsCredit: true));
        Assert.Equal(("0", "2500"), (note.Total, note.Credited));

        IssuedInvoice[] issued = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => IssueAsync(Charge(1000))));
        Assert.Equal(["0", "0", "500", "1000", "1000"], issued.OrderBy(invoice => invoice.Number).Select(invoice => invoice.Total));
        Assert.Equal(["1000", "1000", "500"], issued.OrderBy(invoice => invoice.Number)
            .SelectMany(invoice => invoice.Lines.Where(line => line.Kind == LineKinds.CustomerCredit)).Select(line => line.Amount));
        Assert.Equal(0m, await database.QueryAsync<decimal>("select balance from subscriptions.customer_credit"));

        // Another customer, and another currency, have none of it.
        Assert.Equal("1000", (await book.IssueAsync(merchant, Guid.Empty, "bob", Assets.Get("USD"), Draft(Ids.NextId(), 1000), Cancellation)).Total);

        async Task<IssuedInvoice> IssueAsync(DraftLine line) => await book.IssueAsync(
            merchant, Guid.Empty, "ann", Assets.Get("USD"), new InvoiceDraft(Ids.NextId(), At, [line]), Cancellation);
    }

    [Fact]
    public async Task Nobody_writes_a_number_that_leaves_a_gap_and_nobody_changes_an_invoice()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        InvoiceBook book = new(database);
        await book.IssueAsync(Ids.NextId(), Guid.Empty, "ann", Assets.Get("USD"), Draft(Ids.NextId(), 1000), Cancellation);
        await RefusedAsync("insert into subscriptions.invoice select gen_random_uuid(), merchant_id, 3, subscription_id, customer, currency, total, credited, issued_at from subscriptions.invoice");
        await RefusedAsync("insert into subscriptions.invoice select gen_random_uuid(), merchant_id, 1, subscription_id, customer, currency, total, credited, issued_at from subscriptions.invoice");
        await RefusedAsync("update subscriptions.invoice set total = 1");
        await RefusedAsync("delete from subscriptions.invoice_line");

        async Task RefusedAsync(string sql) => await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync(sql));
    }

    private static InvoiceDraft Draft(Guid id, int cents) => new(id, At, [Charge(cents)]);

    private static DraftLine Charge(int cents) => new(LineKinds.Period, Guid.Empty, 1, At, At.AddMonths(1), $"{cents}", IsCredit: false);
}
