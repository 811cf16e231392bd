using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary><c>/v1/payment_intents</c>.</summary>
internal static class PaymentIntents
{
    public const string Type = "payment_intent";

    private static readonly string[] Confirmable =
    [
        "payment_method", "payment_method_types", "payment_method_options.*", "off_session", "return_url", "mandate", "mandate_data.*",
        "error_on_requires_action", "setup_future_usage", "receipt_email", "shipping.*", "capture_method", "use_stripe_sdk", "expand",
    ];

    private static readonly string[] Creatable =
    [
        .. Confirmable, "amount", "currency", "customer", "confirm", "confirmation_method", "description", "metadata.*", "statement_descriptor",
        "statement_descriptor_suffix", "transfer_group", "automatic_payment_methods.enabled", "automatic_payment_methods.allow_redirects",
    ];

    private static readonly string[] Updatable =
    [
        "amount", "currency", "customer", "description", "metadata.*", "payment_method", "payment_method_types", "receipt_email",
        "setup_future_usage", "statement_descriptor", "statement_descriptor_suffix", "transfer_group", "expand",
    ];

    public static IEnumerable<StripeRoute> Routes =>
    [
        new("POST", "/v1/payment_intents", "payment_intents.create", Creatable, Create),
        new("GET", "/v1/payment_intents", "payment_intents.list", [.. StripeList.TimedParameters, "customer"], List),
        new("GET", "/v1/payment_intents/{id}", "payment_intents.get", ["expand", "client_secret"], call => call.Show(Type, Type, "intent")),
        new("POST", "/v1/payment_intents/{id}", "payment_intents.update", Updatable, Update),
        new("POST", "/v1/payment_intents/{id}/confirm", "payment_intents.confirm", Confirmable, Confirm),
        new("POST", "/v1/payment_intents/{id}/capture", "payment_intents.capture", ["amount_to_capture", "final_capture", "metadata.*", "expand"], PaymentIntentCapture.Run),
        new("POST", "/v1/payment_intents/{id}/cancel", "payment_intents.cancel", ["cancellation_reason", "expand"], PaymentIntentEnd.Cancel),
    ];

    /// <summary>The refusal of an operation that the intent's status does not allow.</summary>
    public static StripeAnswer Unexpected(StoredObject intent, string verb)
    {
        var answer = StripeAnswer.Refused(
            $"You cannot {verb} this PaymentIntent because it has a status of {intent.Body.Text("status")}.", "payment_intent_unexpected_state");
        answer.Body["error"]!["payment_intent"] = intent.Body.Copy();
        return answer;
    }

    private static StripeAnswer Create(StripeCall call)
    {
        var read = call.Read();
        var amount = ReadAmount(read);
        var currency = read.RequiredText("currency").ToLowerInvariant();
        var metadata = read.Metadata();
        var captureMethod = read.Choice("capture_method", "automatic", "automatic_async", "manual") ?? "automatic";
        var confirmationMethod = read.Choice("confirmation_method", "automatic", "manual") ?? "automatic";
        var futureUsage = read.Choice("setup_future_usage", "on_session", "off_session");
        var types = read.List("payment_method_types");
        var confirm = read.Flag("confirm") ?? false;
        var customer = read.Text("customer");
        if ((read.Problem ?? RefuseTypes(types) ?? Currencies.RefuseCharge(currency, amount)) is { } problem)
        {
            return problem;
        }

        if (!confirm && (read.Has("off_session") || read.Has("error_on_requires_action") || read.Has("mandate_data")))
        {
            return StripeAnswer.Invalid("off_session, error_on_requires_action and mandate_data can only be used with confirm=true.", null, "confirm");
        }

        if (customer is not null && !Customers.IsAlive(call, customer))
        {
            return StripeAnswer.Missing("customer", customer, "customer");
        }

        var id = call.Ids.Next("pi");
        var intent = call.Unit.Add(Type, id, Body(call, id, read, types));
        intent.Body["amount"] = amount;
        intent.Body["currency"] = currency;
        intent.Body["metadata"] = metadata;
        intent.Body["capture_method"] = captureMethod;
        intent.Body["confirmation_method"] = confirmationMethod;
        intent.Body["setup_future_usage"] = futureUsage;
        intent.Body["customer"] = customer;
        if (read.Text("payment_method") is { } paymentMethod && PutPaymentMethod(call, intent, paymentMethod) is { } refused)
        {
            return refused;
        }

        call.Session.Emit("payment_intent.created", intent);
        return confirm ? Confirmation.Run(call, read, intent) : StripeAnswer.Ok(intent.Body);
    }

    private static JsonObject Body(StripeCall call, string id, ParameterReader read, IReadOnlyList<string> types)
    {
        // Without a list of types, Stripe offers what the account has switched on, and some of those would redirect the payer.
        var automatic = types.Count == 0;
        return new JsonObject
        {
            ["id"] = id,
            ["object"] = Type,
            ["amount"] = 0L,
            ["amount_capturable"] = 0L,
            ["amount_details"] = new JsonObject { ["tip"] = new JsonObject() },
            ["amount_received"] = 0L,
            ["application"] = null,
            ["application_fee_amount"] = null,
            ["automatic_payment_methods"] = automatic
                ? new JsonObject { ["allow_redirects"] = read.Text("automatic_payment_methods[allow_redirects]") ?? "always", ["enabled"] = true }
                : null,
            ["canceled_at"] = null,
            ["cancellation_reason"] = null,
            ["capture_method"] = null,
            ["client_secret"] = $"{id}_secret_{call.Ids.Text(25)}",
            ["confirmation_method"] = null,
            ["created"] = call.Session.UnixNow,
            ["currency"] = null,
            ["customer"] = null,
            ["description"] = read.Text("description"),
            ["invoice"] = null,
            ["last_payment_error"] = null,
            ["latest_charge"] = null,
            ["livemode"] = false,
            ["metadata"] = null,
            ["next_action"] = null,
            ["on_behalf_of"] = null,
            ["payment_method"] = null,
            ["payment_method_options"] = new JsonObject(),
            ["payment_method_types"] = new JsonArray([.. (automatic ? ["card", "us_bank_account"] : types).Select(type => (JsonNode)type)]),
            ["processing"] = null,
            ["receipt_email"] = read.Text("receipt_email"),
            ["review"] = null,
            ["setup_future_usage"] = null,
            ["shipping"] = null,
            ["statement_descriptor"] = read.Text("statement_descriptor"),
            ["statement_descriptor_suffix"] = read.Text("statement_descriptor_suffix"),
            ["status"] = "requires_payment_method",
            ["transfer_data"] = null,
            ["transfer_group"] = read.Text("transfer_group"),
        };
    }

    private static StripeAnswer List(StripeCall call)
    {
        var read = call.Read();
        var customer = read.Text("customer");
        return read.Problem ?? StripeList.Answer(call, Type, stored => customer is null || stored.Body.Text("customer") == customer);
    }

    private static StripeAnswer Update(StripeCall call)
    {
        if (call.Unit.Find(Type, call.Id) is null)
        {
            return StripeAnswer.Missing(Type, call.Id, "intent");
        }

        var read = call.Read();
        var intent = call.Unit.Edit(call.Id);
        var open = intent.Body.Text("status") is "requires_payment_method" or "requires_confirmation" or "requires_action";
        if (!open && (read.Has("amount") || read.Has("currency") || read.Has("payment_method") || read.Has("customer")))
        {
            return Unexpected(intent, "update");
        }

        intent.Body["metadata"] = read.Metadata(intent.Body["metadata"]!.AsObject());
        intent.Body["amount"] = read.Integer("amount") ?? intent.Body.Number("amount");
        intent.Body["currency"] = read.Text("currency")?.ToLowerInvariant() ?? intent.Body.Text("currency");
        intent.Body["customer"] = read.Text("customer") ?? intent.Body.Text("customer");
        intent.Body["description"] = read.Text("description") ?? intent.Body.Text("description");
        if ((read.Problem ?? Currencies.RefuseCharge(intent.Body.Text("currency")!, intent.Body.Number("amount"))) is { } problem)
        {
            return problem;
        }

        return read.Text("payment_method") is { } paymentMethod && PutPaymentMethod(call, intent, paymentMethod) is { } refused
            ? refused
            : StripeAnswer.Ok(intent.Body);
    }

    private static StripeAnswer Confirm(StripeCall call)
    {
        if (call.Unit.Find(Type, call.Id) is null)
        {
            return StripeAnswer.Missing(Type, call.Id, "intent");
        }

        var read = call.Read();
        var intent = call.Unit.Edit(call.Id);
        if (intent.Body.Text("status") is not ("requires_payment_method" or "requires_confirmation" or "requires_action"))
        {
            return Unexpected(intent, "confirm");
        }

        return read.Text("payment_method") is { } paymentMethod && PutPaymentMethod(call, intent, paymentMethod) is { } refused
            ? refused
            : Confirmation.Run(call, read, intent);
    }

    /// <summary>Puts a payment method on the intent, when it may be used with the intent's customer and types.</summary>
    private static StripeAnswer? PutPaymentMethod(StripeCall call, StoredObject intent, string id)
    {
        if (PaymentMethods.Resolve(call.Session, id) is not { } found)
        {
            return StripeAnswer.Missing("PaymentMethod", id, "payment_method");
        }

        if (found.Hidden.Flag("detached"))
        {
            return StripeAnswer.Refused(PaymentMethods.WasUsed);
        }

        if (found.Body.Text("customer") is { } owner && owner != intent.Body.Text("customer"))
        {
            return StripeAnswer.Refused(
                "The provided PaymentMethod is attached to a customer. Include that customer in the `customer` parameter.", null, "payment_method");
        }

        var type = found.Body.Text("type")!;
        if (!intent.Body["payment_method_types"]!.AsArray().Any(allowed => allowed!.GetValue<string>() == type))
        {
            return StripeAnswer.Refused(
                $"The PaymentMethod provided ({type}) is not allowed for this PaymentIntent.", "payment_intent_incompatible_payment_method", "payment_method");
        }

        intent.Body["payment_method"] = found.Id;
        intent.Body["status"] = "requires_confirmation";
        return null;
    }

    private static long ReadAmount(ParameterReader read)
    {
        read.RequiredText("amount");
        return read.Integer("amount") ?? 0;
    }

    private static StripeAnswer? RefuseTypes(IReadOnlyList<string> types) =>
        types.FirstOrDefault(type => type is not ("card" or "us_bank_account")) is { } other
            ? StripeAnswer.Invalid($"The payment method type \"{other}\" is invalid: this sandbox has card and us_bank_account.", null, "payment_method_types")
            : null;
}
