using System.Diagnostics;
using Florin.Identity;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Wallets;

/// <summary>Turns what became of a movement into the answer that the API promises.</summary>
internal static class MovementAnswers
{
    public const string ReplayedHeader = "Idempotent-Replayed";

    private const int RetryAfterSeconds = 1;

    /// <summary>The problems that every movement may answer, for the API document.</summary>
    public static readonly ProblemCode[] Codes =
    [
        ProblemCode.OutcomeUnknown, ProblemCode.InsufficientFunds, ProblemCode.LimitExceeded, ProblemCode.IdempotencyKeyInProgress,
        ProblemCode.IdempotencyKeyMismatch, ProblemCode.NotFound,
    ];

    /// <summary>Whose wallet the request is about.</summary>
    public static WalletCaller WalletCaller(this HttpContext context)
    {
        Caller caller = context.GetCaller();
        return new WalletCaller(caller.UserId.Value, caller.Principal);
    }

    /// <param name="isUnknown">Whether it cannot be said yet what became of it: the answer is 202 <c>outcome_unknown</c>.</param>
    /// <param name="location">The path of the movement; <see langword="null"/> when it cannot be read by itself.</param>
    /// <param name="sourceField">The name of the body's field that names the funding source or the recipient.</param>
    public static IResult ToResult<TMovement, TResponse>(
        this MovementOutcome<TMovement> outcome,
        Func<TMovement, TResponse> present,
        Func<TMovement, bool> isUnknown,
        Func<TMovement, string?> location,
        string sourceField) => outcome switch
        {
            MovementOutcome<TMovement>.Started { Movement: var movement } => Answer(movement, present, isUnknown, location, isReplay: false),
            MovementOutcome<TMovement>.Replayed { Movement: var movement } => Answer(movement, present, isUnknown, location, isReplay: true),
            MovementOutcome<TMovement>.InProgress => new ProblemResult
            {
                Code = ProblemCode.IdempotencyKeyInProgress,
                Detail = "The first request with this Idempotency-Key has not been answered yet. Send it again in a moment.",
                RetryAfterSeconds = RetryAfterSeconds,
            },
            MovementOutcome<TMovement>.KeyBelongsToOtherRequest => Problems.Of(
                ProblemCode.IdempotencyKeyMismatch, "This Idempotency-Key was used with another body. Use a new key for a new request."),
            MovementOutcome<TMovement>.Refused refused => Refusal(refused.Reason, refused.Holder, sourceField),
            _ => throw new UnreachableException(),
        };

    private static WithHeaders Answer<TMovement, TResponse>(
        TMovement movement, Func<TMovement, TResponse> present, Func<TMovement, bool> isUnknown, Func<TMovement, string?> location, bool isReplay)
    {
        string? path = location(movement);
        IResult result = isUnknown(movement)
            ? new ProblemResult
            {
                Code = ProblemCode.OutcomeUnknown,
                Detail = "The request is durable and goes on. Read it at Location, or send it again with the same Idempotency-Key.",
                RetryAfterSeconds = RetryAfterSeconds,
                Location = path,
                Extensions = new Dictionary<string, object?> { ["object"] = present(movement) },
            }
            : Results.Json(present(movement), JsonConventions.Options, statusCode: StatusCodes.Status201Created);
        return new WithHeaders(result, path, isReplay);
    }

    private static ProblemResult Refusal(MovementRefusal reason, Guid? holder, string sourceField) => reason switch
    {
        MovementRefusal.AmountMustBePositive => Problems.Field("amount", "must be above zero"),
        MovementRefusal.UnsupportedCurrency => Problems.Field("currency", "is not a currency that wallets hold", ProblemCode.UnsupportedCurrency),
        MovementRefusal.CurrencyNotOfDestination => Problems.Field(
            "currency", $"is not a currency that the {sourceField} can be paid in", ProblemCode.UnsupportedCurrency),
        MovementRefusal.AmountNotOfDestination => Problems.Field(
            "amount", $"has more decimals than the {sourceField} can be paid in this currency", ProblemCode.TooManyDecimals),
        MovementRefusal.SourceNotFound => Problems.Of(ProblemCode.NotFound, $"{sourceField} names no funding source of yours that can be used."),
        MovementRefusal.RecipientNotFound => Problems.Of(ProblemCode.NotFound, $"{sourceField} names nobody who has a wallet."),
        MovementRefusal.SameWallet => Problems.Field(sourceField, "must be another wallet than your own"),
        MovementRefusal.AccountNotOpen => Problems.Of(ProblemCode.AccountNotOpen, "An account of the movement is frozen or closed."),
        MovementRefusal.InsufficientFunds => Problems.Of(ProblemCode.InsufficientFunds, "The available balance does not cover the amount."),
        MovementRefusal.AmountTooLarge => Problems.Of(ProblemCode.LimitExceeded, "The amount is larger than the account can hold."),
        MovementRefusal.AlreadyClaimed => new ProblemResult
        {
            Code = ProblemCode.AlreadyClaimed,
            Detail = "The schedule or somebody else has taken this payout.",
            Extensions = new Dictionary<string, object?> { ["payout_id"] = holder },
        },
        MovementRefusal.PayerOwes => Problems.Of(ProblemCode.InsufficientFunds, "The business owes the house something; its next captures repay that first."),
        MovementRefusal.NotFound => Problems.NotFound(sourceField),
        MovementRefusal.InvalidTransition => Problems.Of(ProblemCode.InvalidTransition, "The line was left out and is not paid any more."),
        _ => throw new UnreachableException(),
    };

    private sealed class WithHeaders(IResult inner, string? location, bool isReplay) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            if (location is not null)
            {
                httpContext.Response.Headers.Location = location;
            }

            if (isReplay)
            {
                httpContext.Response.Headers[ReplayedHeader] = "true";
            }

            return inner.ExecuteAsync(httpContext);
        }
    }
}
