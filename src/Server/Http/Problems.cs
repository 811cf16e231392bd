using Florin.Ledger;

namespace Florin.Server.Http;

/// <summary>Makes problem documents. Details never repeat what the caller sent.</summary>
internal static class Problems
{
    public static ProblemResult Of(ProblemCode code, string? detail = null) => new() { Code = code, Detail = detail };

    /// <summary>One field is wrong.</summary>
    public static ProblemResult Field(string field, string message, ProblemCode? code = null) => new()
    {
        Code = code ?? ProblemCode.ValidationFailed,
        Detail = $"{field}: {message}",
        Errors = new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = [message] },
    };

    public static ProblemResult NotFound(string what) => Of(ProblemCode.NotFound, $"There is no such {what}, or it is not yours.");

    /// <summary>A query parameter is wrong.</summary>
    public static ProblemResult Query(string parameter, string message) => Field(parameter, message, ProblemCode.BadQuery);

    /// <summary>What a refusal of the ledger means to a caller whose own account is debited.</summary>
    public static ProblemResult Ledger(TransactionStatus status) => status switch
    {
        TransactionStatus.ExceedsCredits or TransactionStatus.ExceedsDebits => Of(ProblemCode.InsufficientFunds, "The available balance does not cover the amount."),
        TransactionStatus.LimitExceeded => Of(ProblemCode.LimitExceeded, "A limit of the ledger would be exceeded."),
        >= TransactionStatus.ExistsWithDifferentKind and <= TransactionStatus.ExistsWithDifferentTimeout => Of(
            ProblemCode.IdempotencyKeyMismatch, "This Idempotency-Key was used with another body. Use a new key for a new request."),
        TransactionStatus.OverflowsTotals => Of(ProblemCode.LimitExceeded, "The amount is larger than the account can hold."),
        _ => new ProblemResult
        {
            Code = status is >= TransactionStatus.KindUnknown and <= TransactionStatus.AssetsMustBeSame or TransactionStatus.MinimumMalformed
                ? ProblemCode.ValidationFailed
                : ProblemCode.LedgerRefused,
            Detail = "The ledger refused the movement; ledger_status says why.",
            Extensions = new Dictionary<string, object?> { ["ledger_status"] = JsonConventions.SnakeCase(status.ToString()) },
        },
    };
}
