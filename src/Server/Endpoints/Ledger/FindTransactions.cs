using System.Collections.Immutable;
using System.Globalization;
using Florin.Identity;
using Florin.Ledger;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Ledger;

/// <summary><c>GET /ledger/transactions?reference=&amp;metadata.KEY=VALUE</c>: transactions by what their caller gave them, newest first.</summary>
internal sealed class FindTransactions : IEndpoint
{
    private const string MetadataPrefix = "metadata.";
    private const int LabelLengthMax = 256;

    /// <summary>The first transfer of a transaction that was found.</summary>
    internal sealed record FoundTransaction(Guid Id, string Kind, string? Reference, DateTimeOffset Timestamp, DateOnly EffectiveDate, LedgerTransferResponse First);

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/ledger/transactions", HandleAsync)
        .WithTags("Ledger").WithSummary("Finds transactions by reference or metadata").WithName("find_transactions").RequireAuthorization(Scopes.LedgerRead)
        .Produces<ListResponse<FoundTransaction>>().TakesQuery("reference", "The exact reference")
        .TakesQuery("metadata.KEY", "The value of a scalar member of the metadata, for one KEY").TakesPage();

    private static async Task<IResult> HandleAsync(HttpContext context, ILedgerHistory history, CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        string? reference = query.Text("reference", Transaction.ReferenceLengthMax);
        string? member = context.Request.Query.Keys.FirstOrDefault(name =>
            name.StartsWith(MetadataPrefix, StringComparison.Ordinal) && name.Length > MetadataPrefix.Length && name.Length <= LabelLengthMax && !name.Any(char.IsControl)
            && !name.Any(char.IsSurrogate));
        string? value = member is null ? null : query.Text(member, LabelLengthMax);
        int limit = query.Limit();
        ulong before = ulong.MaxValue;
        if (query.Text("cursor", 20) is { } cursor && !ulong.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out before))
        {
            query.AddError("cursor", "is not a cursor of this list");
        }

        if (reference is null && member is null)
        {
            query.AddError("reference", "or metadata.KEY must be given");
        }

        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        ImmutableArray<JournalEntry> found = await history.FindAsync(
            new TransactionSearch(reference, member?[MetadataPrefix.Length..], value, before, limit), cancellationToken);
        string? next = found.Length == limit ? found[^1].Sequence.ToString(CultureInfo.InvariantCulture) : null;
        return Results.Json(
            new ListResponse<FoundTransaction>(
                [.. found.Select(entry => new FoundTransaction(
                    entry.TransactionId.ToGuid(), JsonConventions.SnakeCase(entry.Kind.ToString()), entry.Reference, entry.Timestamp, entry.EffectiveDate,
                    LedgerTransferResponse.Of(entry)))],
                next),
            JsonConventions.Options);
    }
}
