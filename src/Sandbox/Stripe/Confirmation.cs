using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary>Confirming a payment intent: the attempt to take the money.</summary>
internal static class Confirmation
{
    public static StripeAnswer Run(StripeCall call, ParameterReader read, StoredObject intent)
    {
        var offSession = read.Text("off_session") is not (null or "false");
        var failOnAction = offSession || (read.Flag("error_on_requires_action") ?? false);
        var returnUrl = read.Text("return_url");
        if (read.Choice("capture_method", "automatic", "automatic_async", "manual") is { } captureMethod)
        {
            intent.Body["capture_method"] = captureMethod;
        }

        PaymentIntentCapture.Ask(read, intent);
        if (read.Problem is { } problem)
        {
            return problem;
        }

        if (intent.Body.Text("payment_method") is not { } methodId)
        {
            return StripeAnswer.Refused(
                "You cannot confirm this PaymentIntent because it's missing a payment method.", "payment_intent_unexpected_state");
        }

        if (returnUrl is null && intent.Body["automatic_payment_methods"] is JsonObject automatic && automatic.Text("allow_redirects") == "always")
        {
            return StripeAnswer.Invalid(
                "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might "
                + "redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment "
                + "methods, set `automatic_payment_methods[allow_redirects]` to `never`, or name `payment_method_types`.",
                null,
                "return_url");
        }

        var paymentMethod = call.Unit.Find(PaymentMethods.Type, methodId)!;
        intent.Body["last_payment_error"] = null;
        intent.Body["next_action"] = null;
        return PaymentMethods.CardOf(paymentMethod) is { } card
            ? ChargeCard(call.Session, intent, paymentMethod, card, failOnAction, returnUrl)
            : BankDebits.Start(call, read, intent, paymentMethod);
    }

    private static StripeAnswer ChargeCard(
        StripeSession session, StoredObject intent, StoredObject paymentMethod, TestCard card, bool failOnAction, string? returnUrl)
    {
        var needsAction = card.Script is CardScript.NeedsAction or CardScript.NeedsActionThenDeclined
            || (card.Script == CardScript.NeedsActionUnlessSetUp && !paymentMethod.Hidden.Flag("set_up"));
        return (needsAction, card.Script) switch
        {
            _ when PaymentMethods.IsExpired(paymentMethod, session.Unit.Now) => Decline(session, intent, paymentMethod, "expired_card", null, blocked: false),
            (true, _) when failOnAction => Decline(session, intent, paymentMethod, "authentication_required", "authentication_required", blocked: false),
            (true, _) => AskForAction(session, intent, returnUrl),
            (_, CardScript.Declined) => Decline(session, intent, paymentMethod, card.Code!, card.DeclineCode, blocked: false),
            (_, CardScript.Blocked) => Decline(session, intent, paymentMethod, card.Code!, card.DeclineCode, blocked: true),
            _ => Succeed(session, intent, paymentMethod, card),
        };
    }

    private static StripeAnswer AskForAction(StripeSession session, StoredObject intent, string? returnUrl)
    {
        intent.Body["status"] = "requires_action";
        intent.Body["next_action"] = returnUrl is null
            ? new JsonObject { ["type"] = "use_stripe_sdk", ["use_stripe_sdk"] = new JsonObject { ["type"] = "three_d_secure_redirect" } }
            : new JsonObject
            {
                ["type"] = "redirect_to_url",
                ["redirect_to_url"] = new JsonObject
                {
                    ["return_url"] = returnUrl,
                    ["url"] = $"{session.Options.PublicUrl}/_sandbox/stripe/payment_intents/{intent.Id}/authenticate",
                },
            };
        session.Emit("payment_intent.requires_action", intent);
        return StripeAnswer.Ok(intent.Body);
    }

    /// <summary>What the payer did when asked to authenticate: the attempt goes on or ends.</summary>
    public static StripeAnswer Authenticated(StripeSession session, StoredObject intent, bool succeeded)
    {
        var paymentMethod = session.Unit.Find(intent.Body.Text("payment_method")!)!;
        var card = PaymentMethods.CardOf(paymentMethod)!;
        intent.Body["next_action"] = null;
        if (!succeeded)
        {
            return Decline(session, intent, paymentMethod, "payment_intent_authentication_failure", null, blocked: false);
        }

        return card.Script == CardScript.NeedsActionThenDeclined
            ? Decline(session, intent, paymentMethod, card.Code!, card.DeclineCode, blocked: false)
            : Succeed(session, intent, paymentMethod, card);
    }

    private static StripeAnswer Succeed(StripeSession session, StoredObject intent, StoredObject paymentMethod, TestCard card)
    {
        var charge = Charges.Add(session, intent, paymentMethod);
        var amount = intent.Body.Number("amount");
        intent.Body["latest_charge"] = charge.Id;
        Remember(session, intent, paymentMethod);
        if (intent.Body.Text("capture_method") == "manual")
        {
            PaymentIntentCapture.Offer(intent, charge);
            charge.Body["status"] = "succeeded";
            charge.Body["paid"] = true;
            intent.Body["status"] = "requires_capture";
            intent.Body["amount_capturable"] = amount;
            session.Emit("charge.succeeded", charge);
            session.Emit("payment_intent.amount_capturable_updated", intent);
            session.Unit.Schedule(PaymentIntentEnd.AuthorizationExpires, intent.Id, session.Unit.Now + PaymentIntentEnd.AuthorizationLife);
            return StripeAnswer.Ok(intent.Body);
        }

        Charges.Capture(session, charge, paymentMethod, amount);
        intent.Body["status"] = "succeeded";
        intent.Body["amount_received"] = amount;
        session.Emit("charge.succeeded", charge);
        session.Emit("payment_intent.succeeded", intent);
        if (card.Dispute is not null)
        {
            session.After(1, Disputes.Opens, charge.Id);
        }

        return StripeAnswer.Ok(intent.Body);
    }

    /// <summary>The attempt failed: the charge and the intent say so, and the intent waits for another payment method.</summary>
    public static StripeAnswer Decline(
        StripeSession session, StoredObject intent, StoredObject paymentMethod, string code, string? declineCode, bool blocked)
    {
        var charge = Charges.Add(session, intent, paymentMethod);
        Charges.Fail(charge, code, declineCode, blocked);
        ReturnToPayer(intent, charge.Id, CardDecline.Describe(code, declineCode, charge.Id, paymentMethod));
        session.Emit("charge.failed", charge);
        session.Emit("payment_intent.payment_failed", intent);
        return CardDecline.Answer(code, declineCode, charge.Id, intent, paymentMethod);
    }

    public static void ReturnToPayer(StoredObject intent, string charge, JsonObject error)
    {
        intent.Body["latest_charge"] = charge;
        intent.Body["status"] = "requires_payment_method";
        intent.Body["payment_method"] = null;
        intent.Body["processing"] = null;
        intent.Body["next_action"] = null;
        intent.Body["last_payment_error"] = error;
    }

    /// <summary><c>setup_future_usage</c> attaches the payment method to the customer once it has worked.</summary>
    private static void Remember(StripeSession session, StoredObject intent, StoredObject paymentMethod)
    {
        if (intent.Body.Text("setup_future_usage") is null || intent.Body.Text("customer") is not { } customer
            || paymentMethod.Body.Text("customer") is not null)
        {
            return;
        }

        var attached = session.Unit.Edit(paymentMethod.Id);
        attached.Body["customer"] = customer;
        attached.Hidden["set_up"] = true;
        session.Emit("payment_method.attached", attached);
    }
}
