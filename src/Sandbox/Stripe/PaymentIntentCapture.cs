using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary>Capture of an authorization: once, or several times where multicapture was asked for and the card's network has it.</summary>
/// <remarks>Source: docs.stripe.com/payments/multicapture. <c>final_capture</c> is true unless it is given; what is left then goes back to the card.</remarks>
internal static class PaymentIntentCapture
{
    private const int CapturesMax = 50;

    private const string Member = "multicapture";

    /// <summary>Whether the card's network takes several captures of one authorization.</summary>
    private static bool IsOffered(string brand) => brand is "visa" or "mastercard" or "amex" or "discover";

    /// <summary>Notes on a charge whether its authorization may be captured several times; only where that was asked for.</summary>
    public static void Offer(StoredObject intent, StoredObject charge)
    {
        if (intent.Hidden.Flag(Member) && charge.Body["payment_method_details"]?["card"] is JsonObject card)
        {
            card[Member] = new JsonObject { ["status"] = IsOffered(card.Text("brand")!) ? "available" : "unavailable" };
        }
    }

    /// <summary>Reads whether multicapture is asked for, when an authorization is.</summary>
    public static void Ask(ParameterReader read, StoredObject intent)
    {
        if (read.Choice("payment_method_options[card][request_multicapture]", "if_available", "never") == "if_available")
        {
            intent.Hidden[Member] = true;
        }
    }

    public static StripeAnswer Run(StripeCall call)
    {
        if (call.Unit.Find(PaymentIntents.Type, call.Id) is not { } found)
        {
            return StripeAnswer.Missing(PaymentIntents.Type, call.Id, "intent");
        }

        var read = call.Read();
        var isFinal = read.Flag("final_capture") ?? true;
        var amount = read.Integer("amount_to_capture") ?? found.Body.Number("amount_capturable");
        var metadata = read.Metadata(found.Body["metadata"]!.AsObject());
        return read.Problem ?? Refusal(call, found, amount, isFinal) ?? Take(call, amount, isFinal, metadata);
    }

    private static StripeAnswer? Refusal(StripeCall call, StoredObject intent, long amount, bool isFinal)
    {
        if (intent.Body.Text("status") != "requires_capture")
        {
            return PaymentIntents.Unexpected(intent, "capture");
        }

        var held = intent.Body.Number("amount_capturable");
        if (amount < 1 || amount > held)
        {
            return StripeAnswer.Refused($"The amount_to_capture must be from 1 to {held}.", "amount_too_large", "amount_to_capture");
        }

        var charge = call.Unit.Find(intent.Body.Text("latest_charge")!)!;
        return !isFinal && charge.Body["payment_method_details"]?["card"]?[Member]?["status"]?.GetValue<string>() != "available"
            ? StripeAnswer.Refused("This PaymentIntent cannot be captured more than once: multicapture is not available for it.", null, "final_capture")
            : !isFinal && intent.Hidden.Number("captures") >= CapturesMax - 1
                ? StripeAnswer.Refused($"A PaymentIntent can be captured up to {CapturesMax} times: the next one must be final.", null, "final_capture")
                : null;
    }

    private static StripeAnswer Take(StripeCall call, long amount, bool isFinal, JsonObject metadata)
    {
        var intent = call.Unit.Edit(call.Id);
        var charge = call.Unit.Edit(intent.Body.Text("latest_charge")!);
        var paymentMethod = call.Unit.Find(charge.Body.Text("payment_method")!)!;
        var rest = intent.Body.Number("amount_capturable") - amount;
        Charges.Capture(call.Session, charge, paymentMethod, amount);
        intent.Hidden["captures"] = intent.Hidden.Number("captures") + 1;
        intent.Body["metadata"] = metadata;
        intent.Body["amount_received"] = intent.Body.Number("amount_received") + amount;
        call.Session.Emit("charge.captured", charge);
        if (!isFinal && rest > 0)
        {
            intent.Body["amount_capturable"] = rest;
            call.Session.Emit("payment_intent.amount_capturable_updated", intent);
            return StripeAnswer.Ok(intent.Body);
        }

        // The part that was not captured goes back to the card as a refund; it was never ours, so no balance moves.
        charge.Body["amount_refunded"] = charge.Body.Number("amount_refunded") + rest;
        intent.Body["status"] = "succeeded";
        intent.Body["amount_capturable"] = 0L;
        call.Session.Emit("payment_intent.succeeded", intent);
        if (PaymentMethods.CardOf(paymentMethod)?.Dispute is not null)
        {
            call.Session.After(1, Disputes.Opens, charge.Id);
        }

        return StripeAnswer.Ok(intent.Body);
    }
}
