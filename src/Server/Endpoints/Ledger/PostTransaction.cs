using System.Collections.Immutable;
using System.Text.Json;
using Florin.Identity;
using Florin.Ledger;
using Florin.Server.Endpoints.Wallets;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Ledger;

/// <summary><c>POST /ledger/transactions</c>: applies one transaction. Its id follows from the caller and the Idempotency-Key.</summary>
internal sealed class PostTransaction : IEndpoint
{
    /// <param name="Debit">The address of the debited account.</param>
    /// <param name="Amount">Decimal string in major units; for a balancing transfer the most that moves.</param>
    /// <param name="Code">Why the money moves, above zero.</param>
    /// <param name="Balancing"><c>none</c>, <c>debit</c> (at most what the debited account can give) or <c>credit</c> (at most what the credited one can take).</param>
    /// <param name="Minimum">For a balancing transfer: the least that moves.</param>
    internal sealed record LedgerTransferRequest(string Debit, string Credit, string Amount, string Currency, int Code, string? Balancing, string? Minimum);

    /// <param name="Measure"><c>available</c>, <c>posted</c>, <c>debits_pending</c>, <c>debits_posted</c>, <c>credits_pending</c> or <c>credits_posted</c>.</param>
    /// <param name="Comparison"><c>equal</c>, <c>not_equal</c>, <c>less</c>, <c>less_or_equal</c>, <c>greater</c> or <c>greater_or_equal</c>.</param>
    /// <param name="Value">Decimal string in major units; may begin with a minus.</param>
    internal sealed record ConditionRequest(string Address, string Currency, string Measure, string Comparison, string Value);

    /// <param name="Kind"><c>posted</c>, <c>pending</c>, <c>post</c>, <c>post_part</c>, <c>void</c>, <c>release</c>, <c>increase</c>, <c>extend</c> or <c>reverse</c>.</param>
    /// <param name="RelatedId">The transaction that this one acts on.</param>
    /// <param name="Amounts">How much of each transfer of the related transaction, in <paramref name="Currency"/>; all that is left when absent.</param>
    /// <param name="TimeoutSeconds">For pending and extend: after how long the reservation expires.</param>
    /// <param name="ClosedPeriod">For an effective date in a closed period: <c>refuse</c> (as when absent) or <c>adjust</c>.</param>
    /// <param name="Deadline">The last moment, by ledger time, at which it may be applied.</param>
    internal sealed record PostTransactionRequest(
        string Kind, IReadOnlyList<LedgerTransferRequest>? Transfers, Guid? RelatedId, IReadOnlyList<string>? Amounts, string? Currency, int? TimeoutSeconds,
        IReadOnlyList<ConditionRequest>? Conditions, DateOnly? EffectiveDate, string? ClosedPeriod, string? Reference, Dictionary<string, JsonElement>? Metadata,
        DateTimeOffset? Deadline);

    /// <param name="Amount">What it moved or reserved, in smallest units turned to major ones.</param>
    internal sealed record AppliedTransfer(string? Debit, string? Credit, string Amount, Totals DebitAfter, Totals CreditAfter);

    /// <summary>Totals of an account right after the transfer.</summary>
    internal sealed record Totals(string DebitsPending, string DebitsPosted, string CreditsPending, string CreditsPosted);

    internal sealed record AppliedTransaction(Guid Id, string Kind, ulong Sequence, DateTimeOffset Timestamp, IReadOnlyList<AppliedTransfer> Transfers);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/ledger/transactions", HandleAsync)
        .WithTags("Ledger").WithSummary("Applies a transaction").WithName("post_transaction").RequireAuthorization(Scopes.LedgerWrite)
        .RequireIdempotencyKey().Accepts<PostTransactionRequest>("application/json").Produces<AppliedTransaction>(StatusCodes.Status201Created)
        .Answers([ProblemCode.InsufficientFunds, ProblemCode.LimitExceeded, ProblemCode.LedgerRefused, ProblemCode.IdempotencyKeyMismatch]);

    private static async Task<IResult> HandleAsync(HttpContext context, ILedger ledger, ILedgerHistory history, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        TransactionId id = TransactionId.FromName($"api:{context.GetCaller().Principal}:{IdempotencyKey.Of(context)}");
        Transaction transaction = TransactionBody.Read(body, id);
        DateTimeOffset? deadline = body.OptionalTime("deadline");
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        SubmissionResult result = await ledger.SubmitAsync(new Submission { Transactions = [transaction], Deadline = deadline }, cancellationToken);
        if (!result.IsApplied)
        {
            return Problems.Ledger(result.Status);
        }

        ImmutableArray<JournalEntry> entries = await history.GetTransactionAsync(id, cancellationToken);
        if (result.Status == TransactionStatus.Exists)
        {
            context.Response.Headers[MovementAnswers.ReplayedHeader] = "true";
        }

        context.Response.Headers.Location = $"/ledger/transactions/{id}";
        TransactionResult applied = result.Transactions[0];
        return Results.Json(
            new AppliedTransaction(
                id.ToGuid(), JsonConventions.SnakeCase(transaction.Kind.ToString()), applied.Sequence, applied.Timestamp,
                [.. entries.Select(entry => new AppliedTransfer(
                    entry.Debit.Address.Value, entry.Credit.Address.Value, MoneyText.Format(entry.Amount, entry.Debit.Asset.Scale),
                    Present(entry.DebitAfter, entry.Debit.Asset.Scale), Present(entry.CreditAfter, entry.Debit.Asset.Scale)))]),
            JsonConventions.Options,
            statusCode: StatusCodes.Status201Created);
    }

    internal static Totals Present(in AccountTotals totals, int scale) => new(
        MoneyText.Format(totals.DebitsPending, scale), MoneyText.Format(totals.DebitsPosted, scale),
        MoneyText.Format(totals.CreditsPending, scale), MoneyText.Format(totals.CreditsPosted, scale));
}
