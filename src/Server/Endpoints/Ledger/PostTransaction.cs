using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Florin.Identity;
using Florin.Ledger;
using Florin.Server.Endpoints.Wallets;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Ledger;

/// <summary><c>POST /ledger/transactions</c>: applies one transaction. Its id follows from the caller and the Idempotency-Key.</summary>
internal sealed class PostTransaction : IEndpoint
{
    private static readonly TransactionKind[] Kinds = [.. Enum.GetValues<TransactionKind>().Where(kind => kind != TransactionKind.Expire)];

    /// <param name="Debit">The address of the debited account.</param>
    /// <param name="Amount">Decimal string in major units; for a balancing transfer the most that moves.</param>
    /// <param name="Code">Why the money moves, above zero.</param>
    /// <param name="Balancing"><c>none</c>, <c>debit</c> (at most what the debited account can give) or <c>credit</c> (at most what the credited one can take).</param>
    /// <param name="Minimum">For a balancing transfer: the least that moves.</param>
    internal sealed record TransferRequest(string Debit, string Credit, string Amount, string Currency, int Code, string? Balancing, string? Minimum);

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
        string Kind, IReadOnlyList<TransferRequest>? Transfers, Guid? RelatedId, IReadOnlyList<string>? Amounts, string? Currency, int? TimeoutSeconds,
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
        Transaction transaction = Read(body, id);
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

    private static Transaction Read(RequestBody body, TransactionId id)
    {
        TransactionKind kind = body.Word<TransactionKind>("kind");
        if (kind == TransactionKind.Expire)
        {
            body.AddError("kind", "must be one of: " + string.Join(", ", Kinds.Select(known => JsonConventions.SnakeCase(known.ToString()))));
        }

        Guid? related = body.OptionalUuid("related_id");
        int? timeout = body.OptionalInteger("timeout_seconds", 1, (int)Transaction.TimeoutMax.TotalSeconds);
        return new Transaction
        {
            Id = id,
            Kind = kind,
            Transfers = [.. body.Objects("transfers", Transaction.TransfersMax, ReadTransfer)],
            Related = related is { } value ? TransactionId.FromGuid(value) : null,
            Amounts = ReadAmounts(body),
            Timeout = timeout is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Conditions = [.. body.Objects("conditions", Transaction.ConditionsMax, ReadCondition)],
            EffectiveDate = ReadDate(body, "effective_date"),
            ClosedPeriod = body.Find("closed_period") is null ? ClosedPeriodPolicy.Refuse : body.Word<ClosedPeriodPolicy>("closed_period"),
            Reference = body.OptionalText("reference", 1, Transaction.ReferenceLengthMax),
            Metadata = ReadMetadata(body),
        };
    }

    private static Transfer ReadTransfer(RequestBody item)
    {
        AccountAddress debit = ReadAddress(item, "debit");
        AccountAddress credit = ReadAddress(item, "credit");
        Money amount = item.Money();
        int code = item.OptionalInteger("code", 1, int.MaxValue) ?? 0;
        if (code == 0)
        {
            item.AddError("code", "is required");
        }

        Balancing balancing = item.Find("balancing") is null ? Balancing.None : item.Word<Balancing>("balancing");
        UInt128 minimum = item.Find("minimum") is null ? UInt128.Zero : item.Money("minimum").MinorUnits;
        Asset asset = amount.Asset ?? Assets.Get("USD");
        return new Transfer(new AccountId(debit, asset), new AccountId(credit, asset), amount.MinorUnits, code) { Balancing = balancing, Minimum = minimum };
    }

    private static BalanceCondition ReadCondition(RequestBody item)
    {
        AccountAddress address = ReadAddress(item, "address");
        string code = item.Text("currency", 2, 16);
        bool isKnown = Assets.TryGet(code, out Asset? asset);
        if (!isKnown)
        {
            item.AddError("currency", "is not a currency that is supported here", ProblemCode.UnsupportedCurrency);
        }

        BalanceMeasure measure = item.Word<BalanceMeasure>("measure");
        Comparison comparison = item.Word<Comparison>("comparison");
        string text = item.Text("value", 1, MoneyText.LengthMax + 1);
        bool isNegative = text.StartsWith('-');
        bool isAmount = MoneyText.Parse(isNegative ? text.AsSpan(1) : text, asset?.Scale ?? 0, out UInt128 units) == MoneyTextError.None
            && units <= (UInt128)Int128.MaxValue;
        if (!isAmount)
        {
            item.AddError("value", "must be a decimal number such as 10.50 or -10.50");
            units = UInt128.Zero;
        }

        return new BalanceCondition(new AccountId(address, asset ?? Assets.Get("USD")), measure, comparison, isNegative ? -(Int128)units : (Int128)units);
    }

    private static ImmutableArray<UInt128> ReadAmounts(RequestBody body)
    {
        string? code = body.OptionalText("currency", 2, 16);
        if (body.Find("amounts") is not { } list)
        {
            return [];
        }

        if (!Assets.TryGet(code, out Asset? asset))
        {
            body.AddError("currency", "must name the currency of the amounts", ProblemCode.UnsupportedCurrency);
            return [];
        }

        bool isList = list.ValueKind == JsonValueKind.Array && list.GetArrayLength() <= Transaction.TransfersMax;
        List<UInt128> amounts = [];
        foreach (JsonElement element in isList ? [.. list.EnumerateArray()] : Array.Empty<JsonElement>())
        {
            // Digits and a dot need no escapes: the raw text tells all.
            string raw = element.ValueKind == JsonValueKind.String ? element.GetRawText().Trim('"') : "";
            isList &= MoneyText.Parse(raw, asset.Scale, out UInt128 units) == MoneyTextError.None;
            amounts.Add(units);
        }

        if (!isList)
        {
            body.AddError("amounts", $"must be a list of at most {Transaction.TransfersMax} decimal strings with at most {asset.Scale} decimals");
        }

        return [.. amounts];
    }

    private static string? ReadMetadata(RequestBody body)
    {
        if (body.Find("metadata") is not { } metadata)
        {
            return null;
        }

        string text = metadata.GetRawText();
        if (metadata.ValueKind != JsonValueKind.Object || text.Length > Transaction.MetadataLengthMax)
        {
            body.AddError("metadata", $"must be an object of at most {Transaction.MetadataLengthMax} characters");
        }

        return text;
    }

    private static AccountAddress ReadAddress(RequestBody body, string name)
    {
        if (AccountAddress.TryParse(body.Text(name, 1, AccountAddress.LengthMax), out AccountAddress address))
        {
            return address;
        }

        body.AddError(name, "must be an account address such as user:7:available");
        return AccountAddress.Parse("none");
    }

    internal static DateOnly? ReadDate(RequestBody body, string name)
    {
        if (body.OptionalText(name, 1, 10) is not { } text)
        {
            return null;
        }

        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day))
        {
            return day;
        }

        body.AddError(name, "must be a day such as 2026-01-31");
        return null;
    }

    private static Totals Present(in AccountTotals totals, int scale) => new(
        MoneyText.Format(totals.DebitsPending, scale), MoneyText.Format(totals.DebitsPosted, scale),
        MoneyText.Format(totals.CreditsPending, scale), MoneyText.Format(totals.CreditsPosted, scale));
}
