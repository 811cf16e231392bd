using System.Collections.Immutable;
using System.Globalization;
using Florin.Identity;
using Florin.Ledger;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Ledger;

/// <summary><c>GET /ledger/accounts/{address}/{asset}/entries</c>: the transfers of one account, newest first.</summary>
internal sealed class GetAccountEntries : IEndpoint
{
    /// <param name="Side"><c>debit</c> or <c>credit</c>: on which side of the account it stands.</param>
    internal sealed record EntryResponse(
        ulong Sequence, Guid TransactionId, string Kind, string Account, string Side, string CounterAccount, string Amount, string Currency, int Code, string? Reference, DateTimeOffset Timestamp,
        string DebitsPostedAfter, string CreditsPostedAfter, string DebitsPendingAfter, string CreditsPendingAfter);

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/ledger/accounts/{address}/{asset}/entries", HandleAsync)
        .WithTags("Ledger").WithSummary("Lists the transfers of an account").WithName("list_entries").RequireAuthorization(Scopes.LedgerRead)
        .Produces<ListResponse<EntryResponse>>().TakesPage();

    private static async Task<IResult> HandleAsync(
        HttpContext context, string address, string asset, ILedgerHistory history, CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        int limit = query.Limit();
        ulong before = ulong.MaxValue;
        if (query.Text("cursor", 20) is { } cursor && !ulong.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out before))
        {
            query.AddError("cursor", "is not a cursor of this list");
        }

        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        bool isAccount = AccountAddress.TryParse(address, out AccountAddress parsed);
        if (!isAccount || !Assets.TryGet(asset, out Asset? known))
        {
            return Problems.NotFound("account");
        }

        ImmutableArray<JournalEntry> entries = await history.GetEntriesAsync(parsed, before, limit, cancellationToken);

        // The history is by address; an address can hold several assets.
        EntryResponse[] page = [.. entries.Where(entry => entry.Debit.Asset == known).Select(entry => Present(entry, parsed))];
        string? next = entries.Length == limit ? entries[^1].Sequence.ToString(CultureInfo.InvariantCulture) : null;
        return Results.Json(new ListResponse<EntryResponse>(page, next), JsonConventions.Options);
    }

    private static EntryResponse Present(JournalEntry entry, AccountAddress address)
    {
        bool isDebit = entry.Debit.Address == address;
        AccountTotals after = isDebit ? entry.DebitAfter : entry.CreditAfter;
        int scale = entry.Debit.Asset.Scale;
        return new EntryResponse(
            entry.Sequence,
            entry.TransactionId.ToGuid(),
            JsonConventions.SnakeCase(entry.Kind.ToString()),
            address.Value,
            isDebit ? "debit" : "credit",
            (isDebit ? entry.Credit : entry.Debit).Address.Value,
            MoneyText.Format(entry.Amount, entry.Debit.Asset.Scale),
            entry.Debit.Asset.Code,
            entry.Code,
            entry.Reference,
            entry.Timestamp,
            MoneyText.Format(after.DebitsPosted, scale),
            MoneyText.Format(after.CreditsPosted, scale),
            MoneyText.Format(after.DebitsPending, scale),
            MoneyText.Format(after.CreditsPending, scale));
    }
}
