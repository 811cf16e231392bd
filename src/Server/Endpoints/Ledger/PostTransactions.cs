using Florin.Identity;
using Florin.Ledger;
using Florin.Server.Endpoints.Wallets;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Ledger;

/// <summary>
/// <c>POST /ledger/transactions/bulk</c>: applies up to 8,000 transactions, each for itself, in the order of the list, and answers for each. Their
/// ids follow from the caller, the Idempotency-Key and their places in the list, so that a repeat applies what is missing and nothing twice.
/// </summary>
internal sealed class PostTransactions : IEndpoint
{
    private const int BodyBytesMax = 4 << 20;

    private const int TotalsMax = 64;

    /// <param name="Control">What the list must add up to, as a sender counted it himself; nothing is applied when it does not.</param>
    internal sealed record PostTransactionsRequest(IReadOnlyList<PostTransaction.PostTransactionRequest> Transactions, ControlRequest? Control);

    /// <summary>As the control sum and number of transactions of a payment file (ISO 20022 pain.001, CtrlSum and NbOfTxs).</summary>
    /// <param name="Count">How many transactions.</param>
    /// <param name="Totals">One for each currency in which a transfer of the list is: no other currency may occur.</param>
    internal sealed record ControlRequest(int Count, IReadOnlyList<ControlTotalRequest> Totals);

    /// <param name="Amount">The sum of all transfers in the currency: decimal string in major units.</param>
    /// <param name="Largest">When given: no transfer in the currency is larger.</param>
    internal sealed record ControlTotalRequest(string Currency, string Amount, string? Largest);

    /// <param name="Data">One for each transaction, in the order of the list.</param>
    internal sealed record BulkResponse(IReadOnlyList<BulkResult> Data, int Created, int Existing, int Refused);

    /// <param name="Status">The ledger's answer in snake_case: <c>created</c>, <c>exists</c>, <c>exceeds_credits</c>, …</param>
    /// <param name="StatusCode">Its number in the table of answers.</param>
    /// <param name="TransferIndex">Which transfer was refused; -1 when none in particular.</param>
    /// <param name="Sequence">Where it stands in the ledger; zero when it was refused.</param>
    /// <param name="Transfers">What each transfer moved, with the totals after it; empty for a kind that acts on another transaction.</param>
    internal sealed record BulkResult(
        Guid Id, string Status, int StatusCode, int TransferIndex, ulong Sequence, DateTimeOffset? Timestamp, IReadOnlyList<PostTransaction.AppliedTransfer> Transfers);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/ledger/transactions/bulk", HandleAsync)
        .WithTags("Ledger").WithSummary("Applies many transactions, each for itself").WithName("post_transactions").RequireAuthorization(Scopes.LedgerWrite)
        .RequireIdempotencyKey().Accepts<PostTransactionsRequest>("application/json").Produces<BulkResponse>()
        .Answers(ProblemCode.PayloadTooLarge);

    private static async Task<IResult> HandleAsync(HttpContext context, ILedger ledger, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadLongAsync(context, BodyBytesMax, cancellationToken);
        string prefix = $"api:{context.GetCaller().Principal}:{IdempotencyKey.Of(context)}";
        int index = 0;
        IReadOnlyList<Transaction> transactions = body.Objects(
            "transactions", ILedger.BulkTransactionsMax, item => TransactionBody.Read(item, TransactionId.FromName($"{prefix}:{index++}")));
        if (transactions.Count == 0)
        {
            body.AddError("transactions", "must hold at least one transaction");
        }

        if (transactions.Sum(ILedger.TransfersOf) > ILedger.BulkTransfersMax)
        {
            body.AddError("transactions", $"hold more than {ILedger.BulkTransfersMax} transfers; one that acts on another transaction counts {ILedger.BulkTransfersOfRelated}");
        }

        body.Object("control", control => CheckControl(control, transactions));
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        IReadOnlyList<TransactionResult> results = await ledger.SubmitManyAsync(transactions, cancellationToken);
        int created = results.Count(result => result.Status == TransactionStatus.Created);
        int existing = results.Count(result => result.Status == TransactionStatus.Exists);
        if (existing == results.Count)
        {
            context.Response.Headers[MovementAnswers.ReplayedHeader] = "true";
        }

        BulkResult[] data = [.. transactions.Zip(results, Present)];
        return Results.Json(new BulkResponse(data, created, existing, results.Count - created - existing), JsonConventions.Options);
    }

    private static bool CheckControl(RequestBody control, IReadOnlyList<Transaction> transactions)
    {
        if (control.OptionalInteger("count", 1, ILedger.BulkTransactionsMax) != transactions.Count)
        {
            control.AddError("count", $"is not the number of transactions, which is {transactions.Count}");
        }

        ILookup<Asset, UInt128> amounts = transactions.SelectMany(transaction => transaction.Transfers).ToLookup(transfer => transfer.Debit.Asset, transfer => transfer.Amount);
        HashSet<Asset> named = [];
        control.Objects("totals", TotalsMax, item => CheckTotal(item, amounts, named));
        foreach (Asset asset in amounts.Select(group => group.Key).Where(asset => !named.Contains(asset)))
        {
            control.AddError("totals", $"do not name {asset.Code}, in which transfers are");
        }

        return true;
    }

    private static bool CheckTotal(RequestBody item, ILookup<Asset, UInt128> amounts, HashSet<Asset> named)
    {
        Money total = item.Money();
        UInt128? largest = item.Find("largest") is null ? null : item.Money("largest").MinorUnits;
        if (total.Asset is not { } asset)
        {
            return false;
        }

        if (!named.Add(asset))
        {
            item.AddError("currency", "is named twice");
        }

        // Summed wider than the amounts are: a sum that wraps round would be right by chance.
        System.Numerics.BigInteger sum = amounts[asset].Aggregate(System.Numerics.BigInteger.Zero, (part, amount) => part + amount);
        if (sum != total.MinorUnits)
        {
            item.AddError("amount", "is not the sum of the transfers in this currency");
        }

        if (largest is { } limit && amounts[asset].Any(amount => amount > limit))
        {
            item.AddError("largest", "is less than a transfer of the list");
        }

        return true;
    }

    private static BulkResult Present(Transaction transaction, TransactionResult result)
    {
        bool isApplied = result.Status.IsApplied();
        return new BulkResult(
            transaction.Id.ToGuid(), JsonConventions.SnakeCase(result.Status.ToString()), (int)result.Status, result.TransferIndex,
            isApplied ? result.Sequence : 0, isApplied ? result.Timestamp : null, isApplied ? [.. transaction.Transfers.Zip(result.Transfers, Present)] : []);
    }

    private static PostTransaction.AppliedTransfer Present(Transfer transfer, TransferOutcome outcome)
    {
        int scale = transfer.Debit.Asset.Scale;
        return new PostTransaction.AppliedTransfer(
            transfer.Debit.Address.Value, transfer.Credit.Address.Value, MoneyText.Format(outcome.Amount, scale),
            PostTransaction.Present(outcome.Debit, scale), PostTransaction.Present(outcome.Credit, scale));
    }
}
