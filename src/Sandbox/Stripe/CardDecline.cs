using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary>The 402 answer to a payment that the card's issuer or the provider's risk rules refuse.</summary>
internal static class CardDecline
{
    private static readonly FrozenDictionary<string, string> Messages = new Dictionary<string, string>
    {
        ["card_declined"] = "Your card was declined.",
        ["expired_card"] = "Your card has expired.",
        ["incorrect_cvc"] = "Your card's security code is incorrect.",
        ["processing_error"] = "An error occurred while processing your card. Try again in a little bit.",
        ["authentication_required"] = "Your card was declined. This transaction requires authentication.",
        ["bank_account_declined"] = "The bank account was declined.",
    }.ToFrozenDictionary();

    public static string MessageOf(string code, string? declineCode) =>
        declineCode == "insufficient_funds" ? "Your card has insufficient funds." : Messages.GetValueOrDefault(code, "The payment failed.");

    public static StripeAnswer Answer(TestCard card, string? charge, StoredObject? paymentIntent, StoredObject paymentMethod) =>
        Answer(card.Code!, card.DeclineCode, charge, paymentIntent, paymentMethod);

    public static StripeAnswer Answer(
        string code, string? declineCode, string? charge, StoredObject? paymentIntent, StoredObject paymentMethod)
    {
        var error = Describe(code, declineCode, charge, paymentMethod);
        if (paymentIntent is not null)
        {
            error["payment_intent"] = paymentIntent.Body.Copy();
        }

        return new StripeAnswer(402, new JsonObject { ["error"] = error }, AnswerKind.Declined);
    }

    /// <summary>A card that does not even make a payment method.</summary>
    public static StripeAnswer Plain(string code, string message, string parameter) =>
        new(402, StripeAnswer.Error("card_error", message, code, parameter), AnswerKind.Refused);

    /// <summary>The error as it stands in <c>last_payment_error</c> too.</summary>
    public static JsonObject Describe(string code, string? declineCode, string? charge, StoredObject? paymentMethod)
    {
        var error = StripeAnswer.Error("card_error", MessageOf(code, declineCode), code, null)["error"]!.AsObject().Copy();
        if (declineCode is not null)
        {
            error["decline_code"] = declineCode;
        }

        if (charge is not null)
        {
            error["charge"] = charge;
        }

        if (paymentMethod is not null)
        {
            error["payment_method"] = paymentMethod.Body.Copy();
        }

        return error;
    }
}
