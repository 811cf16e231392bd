using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary><c>/v1/setup_intents</c>: makes a payment method ready for later payments.</summary>
internal static class SetupIntents
{
    public const string Type = "setup_intent";

    private static readonly string[] Confirmable =
        ["payment_method", "return_url", "mandate_data.*", "payment_method_options.*", "use_stripe_sdk", "expand"];

    public static IEnumerable<StripeRoute> Routes =>
    [
        new(
            "POST",
            "/v1/setup_intents",
            "setup_intents.create",
            [
                .. Confirmable, "confirm", "customer", "description", "metadata.*", "payment_method_types", "usage",
                "automatic_payment_methods.enabled", "automatic_payment_methods.allow_redirects",
            ],
            Create),
        new("GET", "/v1/setup_intents", "setup_intents.list", [.. StripeList.TimedParameters, "customer", "payment_method"], List),
        new("GET", "/v1/setup_intents/{id}", "setup_intents.get", ["expand", "client_secret"], call => call.Show(Type, Type, "intent")),
        new("POST", "/v1/setup_intents/{id}/confirm", "setup_intents.confirm", Confirmable, Confirm),
        new("POST", "/v1/setup_intents/{id}/cancel", "setup_intents.cancel", ["cancellation_reason", "expand"], Cancel),
    ];

    private static StripeAnswer Create(StripeCall call)
    {
        var read = call.Read();
        var customer = read.Text("customer");
        var usage = read.Choice("usage", "off_session", "on_session") ?? "off_session";
        var types = read.List("payment_method_types");
        var metadata = read.Metadata();
        var confirm = read.Flag("confirm") ?? false;
        if (read.Problem is { } problem)
        {
            return problem;
        }

        if (customer is not null && !Customers.IsAlive(call, customer))
        {
            return StripeAnswer.Missing("customer", customer, "customer");
        }

        var id = call.Ids.Next("seti");
        var intent = call.Unit.Add(Type, id, new JsonObject
        {
            ["id"] = id,
            ["object"] = Type,
            ["application"] = null,
            ["automatic_payment_methods"] = null,
            ["cancellation_reason"] = null,
            ["client_secret"] = $"{id}_secret_{call.Ids.Text(25)}",
            ["created"] = call.Session.UnixNow,
            ["customer"] = customer,
            ["description"] = read.Text("description"),
            ["flow_directions"] = null,
            ["last_setup_error"] = null,
            ["latest_attempt"] = null,
            ["livemode"] = false,
            ["mandate"] = null,
            ["metadata"] = metadata,
            ["next_action"] = null,
            ["on_behalf_of"] = null,
            ["payment_method"] = null,
            ["payment_method_options"] = null,
            ["payment_method_types"] = new JsonArray([.. (types.Count == 0 ? ["card"] : types).Select(type => (JsonNode)type)]),
            ["single_use_mandate"] = null,
            ["status"] = "requires_payment_method",
            ["usage"] = usage,
        });
        if (read.Text("payment_method") is { } paymentMethod && PutPaymentMethod(call, intent, paymentMethod) is { } refused)
        {
            return refused;
        }

        call.Session.Emit("setup_intent.created", intent);
        return confirm ? SetUp(call, read, intent) : StripeAnswer.Ok(intent.Body);
    }

    private static StripeAnswer List(StripeCall call)
    {
        var read = call.Read();
        var customer = read.Text("customer");
        var paymentMethod = read.Text("payment_method");
        return read.Problem ?? StripeList.Answer(call, Type, stored =>
            (customer is null || stored.Body.Text("customer") == customer)
            && (paymentMethod is null || stored.Body.Text("payment_method") == paymentMethod));
    }

    private static StripeAnswer Confirm(StripeCall call)
    {
        if (call.Unit.Find(Type, call.Id) is null)
        {
            return StripeAnswer.Missing(Type, call.Id, "intent");
        }

        var read = call.Read();
        var intent = call.Unit.Edit(call.Id);
        if (intent.Body.Text("status") is "succeeded" or "canceled" or "processing")
        {
            return Unexpected(intent, "confirm");
        }

        return read.Text("payment_method") is { } paymentMethod && PutPaymentMethod(call, intent, paymentMethod) is { } refused
            ? refused
            : SetUp(call, read, intent);
    }

    private static StripeAnswer Cancel(StripeCall call)
    {
        if (call.Unit.Find(Type, call.Id) is null)
        {
            return StripeAnswer.Missing(Type, call.Id, "intent");
        }

        var read = call.Read();
        var reason = read.Choice("cancellation_reason", "abandoned", "duplicate", "requested_by_customer");
        var intent = call.Unit.Edit(call.Id);
        if (read.Problem is { } problem)
        {
            return problem;
        }

        if (intent.Body.Text("status") is "succeeded" or "canceled")
        {
            return Unexpected(intent, "cancel");
        }

        intent.Body["status"] = "canceled";
        intent.Body["cancellation_reason"] = reason;
        call.Session.Emit("setup_intent.canceled", intent);
        return StripeAnswer.Ok(intent.Body);
    }

    private static StripeAnswer? PutPaymentMethod(StripeCall call, StoredObject intent, string id)
    {
        if (PaymentMethods.Resolve(call.Session, id) is not { } found)
        {
            return StripeAnswer.Missing("PaymentMethod", id, "payment_method");
        }

        intent.Body["payment_method"] = found.Id;
        intent.Body["status"] = "requires_confirmation";
        return null;
    }

    private static StripeAnswer SetUp(StripeCall call, ParameterReader read, StoredObject intent)
    {
        if (read.Problem is { } problem)
        {
            return problem;
        }

        if (intent.Body.Text("payment_method") is not { } methodId)
        {
            return StripeAnswer.Refused(
                "You cannot confirm this SetupIntent because it's missing a payment method.", "setup_intent_unexpected_state");
        }

        var paymentMethod = call.Unit.Find(methodId)!;
        if (PaymentMethods.CardOf(paymentMethod) is { Script: CardScript.Declined, AttachesAlways: false } card)
        {
            intent.Body["status"] = "requires_payment_method";
            intent.Body["payment_method"] = null;
            intent.Body["last_setup_error"] = CardDecline.Describe(card.Code!, card.DeclineCode, null, paymentMethod);
            call.Session.Emit("setup_intent.setup_failed", intent);
            var answer = CardDecline.Answer(card, charge: null, paymentIntent: null, paymentMethod);
            answer.Body["error"]!["setup_intent"] = intent.Body.Copy();
            return answer;
        }

        if (intent.Body.Text("customer") is { } customer && PaymentMethods.Attach(call, methodId, customer, out _) is { } refused)
        {
            return refused;
        }

        var ready = call.Unit.Edit(methodId);
        ready.Hidden["set_up"] = true;
        ready.Hidden["has_mandate"] = true;
        intent.Body["status"] = "succeeded";
        call.Session.Emit("setup_intent.succeeded", intent);
        return StripeAnswer.Ok(intent.Body);
    }

    private static StripeAnswer Unexpected(StoredObject intent, string verb) => StripeAnswer.Refused(
        $"You cannot {verb} this SetupIntent because it has a status of {intent.Body.Text("status")}.", "setup_intent_unexpected_state");
}
