using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary>ACH debits: accepted now, known later.</summary>
internal static class BankDebits
{
    /// <summary>Kind of the due work that tells how a debit ended.</summary>
    public const string Ends = "bank_debit.ends";

    public static StripeAnswer Start(StripeCall call, ParameterReader read, StoredObject intent, StoredObject paymentMethod)
    {
        if (intent.Body.Text("currency") != "usd")
        {
            return StripeAnswer.Refused("The currency provided is invalid for payment method type us_bank_account: use usd.", null, "currency");
        }

        if (intent.Body.Text("capture_method") == "manual")
        {
            return StripeAnswer.Refused("The payment method type us_bank_account does not support manual capture.", null, "capture_method");
        }

        if (!read.Has("mandate") && !paymentMethod.Hidden.Flag("has_mandate")
            && read.Text("mandate_data[customer_acceptance]") is null && read.Hash("mandate_data")["customer_acceptance"] is not JsonObject)
        {
            return StripeAnswer.Refused(
                "The payment method type us_bank_account needs a mandate: give mandate_data[customer_acceptance], or a payment method that was set up "
                + "with one.",
                "payment_intent_mandate_invalid",
                "mandate_data");
        }

        var session = call.Session;
        var account = PaymentMethods.BankAccountOf(paymentMethod)!;
        session.Unit.Edit(paymentMethod.Id).Hidden["has_mandate"] = true;
        return account.Debit switch
        {
            DebitScript.Blocked => Confirmation.Decline(session, intent, paymentMethod, account.DebitFailure!, null, blocked: true),
            DebitScript.MicrodepositsFail => AskForVerification(session, intent),
            _ => Process(session, intent, paymentMethod, account),
        };
    }

    /// <summary>The debit reached its end: settled, or returned by the bank.</summary>
    public static void End(StripeSession session, string intentId)
    {
        if (session.Unit.Find(intentId)?.Body.Text("status") is not ("processing" or "requires_action"))
        {
            return;
        }

        var intent = session.Unit.Edit(intentId);
        var paymentMethod = session.Unit.Find(intent.Body.Text("payment_method")!)!;
        var account = PaymentMethods.BankAccountOf(paymentMethod)!;
        if (account.Debit == DebitScript.MicrodepositsFail)
        {
            Confirmation.Decline(session, intent, paymentMethod, "payment_method_microdeposit_failed", null, blocked: false);
            return;
        }

        var charge = session.Unit.Edit(intent.Body.Text("latest_charge")!);
        if (account.DebitFailure is { } code)
        {
            Charges.Fail(charge, code, null, blocked: false);
            Confirmation.ReturnToPayer(intent, charge.Id, CardDecline.Describe(code, null, charge.Id, paymentMethod));
            session.Emit("charge.failed", charge);
            session.Emit("payment_intent.payment_failed", intent);
            return;
        }

        var amount = intent.Body.Number("amount");
        Charges.Capture(session, charge, paymentMethod, amount);
        intent.Body["status"] = "succeeded";
        intent.Body["amount_received"] = amount;
        intent.Body["processing"] = null;
        session.Emit("charge.succeeded", charge);
        session.Emit("payment_intent.succeeded", intent);
        if (account.IsDisputed)
        {
            session.After(1, Disputes.Opens, charge.Id);
        }
    }

    private static StripeAnswer Process(StripeSession session, StoredObject intent, StoredObject paymentMethod, TestBankAccount account)
    {
        var charge = Charges.Add(session, intent, paymentMethod);
        intent.Body["latest_charge"] = charge.Id;
        intent.Body["status"] = "processing";
        session.Emit("charge.pending", charge);
        session.Emit("payment_intent.processing", intent);
        if (account.Debit != DebitScript.StaysProcessing)
        {
            session.After(1, Ends, intent.Id);
        }

        return StripeAnswer.Ok(intent.Body);
    }

    private static StripeAnswer AskForVerification(StripeSession session, StoredObject intent)
    {
        intent.Body["status"] = "requires_action";
        intent.Body["next_action"] = new JsonObject
        {
            ["type"] = "verify_with_microdeposits",
            ["verify_with_microdeposits"] = new JsonObject
            {
                ["arrival_date"] = (session.Unit.Now + TimeSpan.FromDays(2)).ToUnixTimeSeconds(),
                ["hosted_verification_url"] = $"{session.Options.PublicUrl}/_sandbox/stripe/payment_intents/{intent.Id}/microdeposits",
                ["microdeposit_type"] = "descriptor_code",
            },
        };
        session.Emit("payment_intent.requires_action", intent);
        session.After(1, Ends, intent.Id);
        return StripeAnswer.Ok(intent.Body);
    }
}
