using System.Diagnostics;
using Florin.Identity;
using Florin.Ledger;
using Florin.Payments;
using Florin.Providers;
using Florin.Server.Endpoints;
using Florin.Server.Endpoints.Payments;
using Florin.Server.Grpc.V1;
using Florin.Server.Http;
using Florin.Wallets;
using ChargeRequest = Florin.Server.Grpc.V1.ChargeRequest;

namespace Florin.Server.Grpc;

/// <summary><c>florin.v1.PaymentService</c>: the payments of the REST API over gRPC, under the same keys.</summary>
internal sealed class PaymentGrpc : IEndpoint
{
    private const string Service = "florin.v1.PaymentService";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapUnary(Service, "Charge", ChargeAsync).RequireAuthorization(IdentityPolicies.User).WithMetadata(new IdempotencyKey.Required());
        routes.MapUnary(Service, "GetStatus", GetStatusAsync).RequireAuthorization(IdentityPolicies.User);
    }

    private static Task<IResult> ChargeAsync(
        HttpContext context, IPayments payments, PaymentOptions options, WalletOptions wallets, TimeProvider timeProvider) =>
        GrpcCall.RunAsync(context, timeProvider, ChargeRequest.Parser, async (request, cancellationToken) =>
        {
            if (IdempotencyKey.Check(request.IdempotencyKey, "idempotency_key") is { } badKey)
            {
                return badKey;
            }

            if (ReadOrder(request, options, wallets, out ProblemResult? refusal) is not { } order)
            {
                return refusal!;
            }

            if (!context.TryGetMerchant(out MerchantCaller merchant, out IResult? forbidden))
            {
                return forbidden!;
            }

            PaymentOutcome<Payment> outcome = await payments.PayAsync(merchant, request.IdempotencyKey, order, cancellationToken);
            return outcome is PaymentOutcome<Payment>.Done done
                ? GrpcAnswer.Of(new ChargeResponse { TransactionId = IdText(done.Value), Status = Present(done.Value), Replayed = done.IsReplayed })
                : outcome.ToProblem("payment");
        });

    private static Task<IResult> GetStatusAsync(HttpContext context, IPayments payments, TimeProvider timeProvider) =>
        GrpcCall.RunAsync(context, timeProvider, TransactionID.Parser, async (request, cancellationToken) =>
        {
            if (!context.TryGetMerchant(out MerchantCaller merchant, out IResult? forbidden))
            {
                return forbidden!;
            }

            return Guid.TryParseExact(request.TransactionId, "D", out Guid id)
                && await payments.GetAsync(merchant.MerchantId, id, cancellationToken) is { } payment
                ? Fits(payment) ? GrpcAnswer.Of(Present(payment)) : Problems.Of(ProblemCode.LimitExceeded, "The amounts do not fit into the message. Read it over REST.")
                : Problems.NotFound("payment");
        });

    /// <summary>What REST refuses is refused here with the same code, under the names of the message.</summary>
    private static PaymentOrder? ReadOrder(ChargeRequest request, PaymentOptions options, WalletOptions wallets, out ProblemResult? refusal)
    {
        SortedDictionary<string, string[]> errors = new(StringComparer.Ordinal);
        ProblemCode code = ProblemCode.ValidationFailed;
        if (!Assets.TryGet(request.Currency, out Asset? asset) || !wallets.Currencies.Contains(asset.Code))
        {
            errors["currency"] = ["is not a currency that is supported here; codes are upper-case, such as USD"];
            code = ProblemCode.UnsupportedCurrency;
        }

        if (request.AmountCents <= 0)
        {
            errors["amount_cents"] = ["must be above zero, in smallest units"];
        }

        if (request.PaymentSource.Length is 0 or > PaymentOrder.PaymentSourceLengthMax || request.PaymentSource.Any(char.IsControl))
        {
            errors["payment_source"] = [$"must have 1 to {PaymentOrder.PaymentSourceLengthMax} characters and no control characters"];
        }
        else if (!options.Knows(request.PaymentSource))
        {
            errors["payment_source"] = [StartPayment.UnknownAcquirer];
        }
        else if (PaymentOrder.ApprovalAcquirer(request.PaymentSource) is not null)
        {
            errors["payment_source"] = ["is for payments over REST: the payer needs addresses to return to"];
        }

        refusal = errors.Count == 0 ? null : new ProblemResult { Code = code, Detail = "See the violations of each field.", Errors = errors };
        return refusal is not null
            ? null
            : new PaymentOrder(
                new Money((UInt128)request.AmountCents, asset!), request.PaymentSource, CaptureMode.Automatic, Obligation: null, Description: null);
    }

    private static string IdText(Payment payment) => payment.Id.ToString("D");

    private static TxStatus Present(Payment payment) => new()
    {
        TransactionId = IdText(payment),
        State = State(payment.Status),
        AmountCents = Cents(payment.Amount),
        Currency = payment.Amount.Asset.Code,
        AmountCapturedCents = Cents(payment.Captured),
        AmountRefundedCents = Cents(payment.Refunded),
        FeeCents = Cents(payment.Fee),
        FailureCode = payment.FailureCode ?? "",
        OutcomeUnknown = payment.OutcomeUnknown,
        UnderReview = payment.UnderReview,
    };

    /// <summary>REST takes amounts that the message cannot hold. All amounts of a payment are at most what was ordered.</summary>
    private static bool Fits(Payment payment) => payment.Amount.MinorUnits <= long.MaxValue;

    private static long Cents(Money amount) => (long)amount.MinorUnits;

    private static TxState State(string status) => status switch
    {
        "created" => TxState.Created,
        "requires_action" => TxState.RequiresAction,
        "authorized" => TxState.Authorized,
        "captured" => TxState.Captured,
        "settled" => TxState.Settled,
        "failed" => TxState.Failed,
        "refunded" => TxState.Refunded,
        "partially_refunded" => TxState.PartiallyRefunded,
        "voided" => TxState.Voided,
        "disputed" => TxState.Disputed,
        "unknown" => TxState.Unknown,
        _ => throw new UnreachableException($"A payment cannot be '{status}'."),
    };
}
