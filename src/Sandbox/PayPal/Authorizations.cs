using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.PayPal;

/// <summary><c>/v2/payments/authorizations</c>.</summary>
internal static class Authorizations
{
    public const string Expires = "authorization.expires";

    /// <summary>Answered without a body unless the representation is asked for.</summary>
    public const string VoidOperation = "authorizations.void";

    private const string Path = "/v2/payments/authorizations";
    private const int CapturesMax = 10;
    private static readonly TimeSpan Validity = TimeSpan.FromDays(29);

    public static IEnumerable<PayPalRoute> Routes =>
    [
        new("GET", $"{Path}/{{id}}", "authorizations.get", call => call.Show(PayPalTypes.Authorization)),
        new("POST", $"{Path}/{{id}}/capture", "authorizations.capture", Capture, RequestIdRule.Payments),
        new("POST", $"{Path}/{{id}}/void", VoidOperation, Void),
    ];

    public static void Make(PayPalSession session, StoredObject order, Money amount)
    {
        var id = session.NextId();
        var isDenied = order.Hidden.Text("scenario") == Scenario.AuthorizationDenied;
        var made = session.Add(PayPalTypes.Authorization, id, PaymentBodies.Base(session, id, isDenied ? "DENIED" : "CREATED", amount, order));
        made.Body["expiration_time"] = PayPalSession.Time(session.Unit.Now + Validity);
        made.Body["links"] = new JsonArray(
            session.Link("self", $"{Path}/{id}"),
            session.Link("capture", $"{Path}/{id}/capture", "POST"),
            session.Link("void", $"{Path}/{id}/void", "POST"),
            session.Link("up", $"/v2/checkout/orders/{order.Id}"));
        made.Hidden["order"] = order.Id;
        order.Hidden["authorizations"] = new JsonArray(id);
        if (!isDenied)
        {
            session.Unit.Schedule(Expires, id, session.Unit.Now + Validity);
            session.Emit("PAYMENT.AUTHORIZATION.CREATED", "authorization", made.Body);
        }
    }

    public static void Expire(PayPalSession session, string id)
    {
        if (session.Unit.Find(id)?.Body.Text("status") is "CREATED" or "PARTIALLY_CAPTURED")
        {
            session.Unit.Edit(id).Hidden["expired"] = true;
            End(session, id);
        }
    }

    private static PayPalAnswer Capture(PayPalCall call)
    {
        if (call.Unit.Find(PayPalTypes.Authorization, call.Id) is not { } found)
        {
            return PayPalAnswer.Missing();
        }

        var total = Money.Of(found.Body["amount"]);
        var captured = new Money(total.Currency, found.Hidden.Number("captured"));
        var amount = call.Body["amount"] is { } given ? Money.Read(given, out var issue) : With(total - captured, out issue);
        issue ??= found.Body.Text("status") switch
        {
            "VOIDED" => found.Hidden.Flag("expired") ? "AUTHORIZATION_EXPIRED" : "AUTHORIZATION_VOIDED",
            "DENIED" => "AUTHORIZATION_DENIED",
            "CAPTURED" => "AUTHORIZATION_ALREADY_CAPTURED",
            _ when amount!.Value.Units == 0 => "CANNOT_BE_ZERO_OR_NEGATIVE",
            _ when amount.Value.Currency != total.Currency => "AUTH_CAPTURE_CURRENCY_MISMATCH",
            _ when captured.Units + amount.Value.Units > total.Units => "MAX_CAPTURE_AMOUNT_EXCEEDED",
            _ when found.Hidden.Number("captures") >= CapturesMax => "MAX_CAPTURE_COUNT_EXCEEDED",
            _ => null,
        };
        if (issue is not null)
        {
            return PayPalAnswer.Issue(issue, "/amount");
        }

        var authorization = call.Unit.Edit(call.Id);
        var order = call.Unit.Edit(authorization.Hidden.Text("order")!);
        var isFinal = call.Body.Flag("final_capture") || captured.Units + amount!.Value.Units == total.Units;
        var made = Captures.Make(call.Session, order, authorization, amount!.Value, isFinal, call.Body.Text("invoice_id"));
        if (made.Body.Text("status") != "DECLINED")
        {
            authorization.Hidden["captured"] = captured.Units + amount.Value.Units;
            authorization.Hidden["captures"] = authorization.Hidden.Number("captures") + 1;
            authorization.Body["status"] = isFinal ? "CAPTURED" : "PARTIALLY_CAPTURED";
            authorization.Body["update_time"] = call.Session.Now;
        }

        return call.Made(made);
    }

    private static PayPalAnswer Void(PayPalCall call)
    {
        if (call.Unit.Find(PayPalTypes.Authorization, call.Id) is not { } found)
        {
            return PayPalAnswer.Missing();
        }

        var issue = found.Body.Text("status") switch
        {
            "VOIDED" => "PREVIOUSLY_VOIDED",
            "CAPTURED" => "PREVIOUSLY_CAPTURED",
            "DENIED" => "CANNOT_BE_VOIDED",
            _ => null,
        };
        return issue is null ? PayPalAnswer.Ok(End(call.Session, call.Id).Body.Copy(), call.Id) : PayPalAnswer.Issue(issue);
    }

    private static StoredObject End(PayPalSession session, string id)
    {
        var ended = session.Unit.Edit(id);
        ended.Body["status"] = "VOIDED";
        ended.Body["update_time"] = session.Now;
        session.Emit("PAYMENT.AUTHORIZATION.VOIDED", "authorization", ended.Body);
        return ended;
    }

    private static Money? With(Money money, out string? issue)
    {
        issue = null;
        return money;
    }
}
