using System.Collections.Immutable;
using Florin.Identity;
using Florin.Ledger;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Ledger;

/// <summary><c>GET /ledger/transactions/{id}</c>: a transaction with its transfers.</summary>
internal sealed class GetTransaction : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/ledger/transactions/{id}", HandleAsync)
        .WithTags("Ledger").WithSummary("Tells a transaction").WithName("get_transaction").RequireAuthorization(Scopes.LedgerRead)
        .Produces<TransactionResponse>();

    private static async Task<IResult> HandleAsync(HttpContext context, string id, ILedgerHistory history, CancellationToken cancellationToken)
    {
        if (new RequestQuery(context).Refusal() is { } refusal)
        {
            return refusal;
        }

        if (!Guid.TryParseExact(id, "D", out Guid value))
        {
            return Problems.NotFound("transaction");
        }

        ImmutableArray<JournalEntry> entries = await history.GetTransactionAsync(TransactionId.FromGuid(value), cancellationToken);
        return entries.IsEmpty ? Problems.NotFound("transaction") : Results.Json(TransactionResponse.Of(entries), JsonConventions.Options);
    }
}
