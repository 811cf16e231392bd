using System.Diagnostics;
using Florin.Identity;
using Florin.Payments;
using Florin.Server.Endpoints.Wallets;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Payments;

/// <summary>Turns what became of a payment, refund or dispute into the answer that the API promises.</summary>
internal static class PaymentAnswers
{
    private const int RetryAfterSeconds = 1;

    /// <summary>The problems that every request for payments may answer, for the API document.</summary>
    public static readonly ProblemCode[] Codes =
    [
        ProblemCode.Forbidden, ProblemCode.OutcomeUnknown, ProblemCode.LimitExceeded, ProblemCode.InvalidTransition, ProblemCode.AccountNotOpen,
        ProblemCode.IdempotencyKeyInProgress, ProblemCode.IdempotencyKeyMismatch, ProblemCode.NotFound, ProblemCode.ProviderDeclined,
        ProblemCode.ProviderUnavailable,
    ];

    /// <summary>The business wallet of the caller, or the refusal of one who has none.</summary>
    public static bool TryGetMerchant(this HttpContext context, out MerchantCaller merchant, out IResult? refusal)
    {
        Caller caller = context.GetCaller();
        bool isBusiness = caller is { Kind: CallerKind.User, UserKind: UserKind.Business };
        merchant = new MerchantCaller(caller.Id, caller.Principal);
        refusal = isBusiness ? null : Problems.Of(ProblemCode.Forbidden, "Payments are taken by a business wallet; this caller has none.");
        return isBusiness;
    }

    /// <param name="what">The kind of thing that the path names.</param>
    /// <param name="path">Where the thing is read.</param>
    /// <param name="status">Of the answer when all is known.</param>
    public static IResult ToResult<T, TResponse>(
        this PaymentOutcome<T> outcome, string what, Func<T, TResponse> present, Func<T, bool> isUnknown, Func<T, string> path, int status) => outcome switch
        {
            PaymentOutcome<T>.Done done => new WithHeaders(
                isUnknown(done.Value)
                    ? new ProblemResult
                    {
                        Code = ProblemCode.OutcomeUnknown,
                        Detail = "The request is durable and goes on. Read it at Location, or send it again with the same Idempotency-Key.",
                        RetryAfterSeconds = RetryAfterSeconds,
                        Location = path(done.Value),
                        Extensions = new Dictionary<string, object?> { ["object"] = present(done.Value) },
                    }
                    : Results.Json(present(done.Value), JsonConventions.Options, statusCode: status),
                path(done.Value),
                done.IsReplayed),
            _ => outcome.ToProblem(what),
        };

    /// <summary>Why a request was not carried out; never of one that was.</summary>
    public static ProblemResult ToProblem<T>(this PaymentOutcome<T> outcome, string what) => outcome switch
    {
        PaymentOutcome<T>.InProgress => new ProblemResult
        {
            Code = ProblemCode.IdempotencyKeyInProgress,
            Detail = "The first request with this Idempotency-Key has not been answered yet. Send it again in a moment.",
            RetryAfterSeconds = RetryAfterSeconds,
        },
        PaymentOutcome<T>.KeyBelongsToOtherRequest => Problems.Of(
            ProblemCode.IdempotencyKeyMismatch, "This Idempotency-Key was used with another body. Use a new key for a new request."),
        PaymentOutcome<T>.Refused refused => Refusal(refused.Reason, refused.Holder, what),
        _ => throw new UnreachableException(),
    };

    private static ProblemResult Refusal(PaymentRefusal reason, Guid? holder, string what) => reason switch
    {
        PaymentRefusal.NotFound => Problems.NotFound(what),
        PaymentRefusal.InvalidTransition => Problems.Of(ProblemCode.InvalidTransition, $"The present state of the {what} does not allow this."),
        PaymentRefusal.ExceedsRest => Problems.Of(ProblemCode.LimitExceeded, "The amount is more than what is left of the payment."),
        PaymentRefusal.AccountNotOpen => Problems.Of(ProblemCode.AccountNotOpen, "An account of the movement is frozen or closed."),
        PaymentRefusal.ObligationTaken => new ProblemResult
        {
            Code = ProblemCode.ObligationTaken,
            Detail = "Another payment has paid this obligation, or may have.",
            Extensions = new Dictionary<string, object?> { ["payment_id"] = holder },
        },
        PaymentRefusal.DuplicateSuspected => new ProblemResult
        {
            Code = ProblemCode.DuplicateSuspected,
            Detail = "A payment of a moment ago is the same. Repeat that one with its own Idempotency-Key, or send this one with allow_duplicate true.",
            Extensions = new Dictionary<string, object?> { ["payment_id"] = holder },
        },
        PaymentRefusal.ProviderDeclined => Problems.Of(ProblemCode.ProviderDeclined, "The payment provider refused it; nothing happened."),
        PaymentRefusal.ProviderUnavailable => new ProblemResult
        {
            Code = ProblemCode.ProviderUnavailable,
            Detail = "The payment provider could not be reached or gave no usable answer.",
            RetryAfterSeconds = RetryAfterSeconds,
        },
        PaymentRefusal.OtherCurrency => Problems.Of(ProblemCode.UnsupportedCurrency, "The plan has another currency, and keeps it."),
        PaymentRefusal.InvoiceDiffers => Problems.Of(
            ProblemCode.InvoiceDiffers, "The obligation is an invoice: pay its total in its currency, with capture automatic."),
        PaymentRefusal.TooManyChanges => Problems.Of(ProblemCode.LimitExceeded, "The subscription has taken as many changes as it may. Begin another one."),
        _ => throw new UnreachableException(),
    };

    private sealed class WithHeaders(IResult inner, string location, bool isReplay) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.Location = location;
            if (isReplay)
            {
                httpContext.Response.Headers[MovementAnswers.ReplayedHeader] = "true";
            }

            return inner.ExecuteAsync(httpContext);
        }
    }
}
