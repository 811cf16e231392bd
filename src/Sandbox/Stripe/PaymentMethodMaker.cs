using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary>Makes the payment methods' bodies. Account and card numbers go to the hidden part and are never shown.</summary>
internal static class PaymentMethodMaker
{
    private const long ExpiryMonth = 8;
    private const long ExpiryYear = 2034;

    /// <summary>Takes the type's own hash from the parameters: <c>card</c> or <c>us_bank_account</c>.</summary>
    /// <returns>The refusal, or <see langword="null"/> when <paramref name="made"/> is there.</returns>
    public static StripeAnswer? FromParameters(StripeCall call, ParameterReader read, out StoredObject? made)
    {
        made = null;
        var type = read.RequiredText("type");
        if (read.Problem is { } problem)
        {
            return problem;
        }

        var refused = type switch
        {
            "card" => FromCard(call.Session, read, out made),
            "us_bank_account" => FromBankAccount(call.Session, read, out made),
            _ => StripeAnswer.Invalid($"Invalid type: must be card or us_bank_account; this sandbox has no {type}", null, "type"),
        };
        if (refused is null)
        {
            made!.Body["billing_details"] = BillingDetails(read.Hash("billing_details"));
        }

        return refused ?? read.Problem;
    }

    public static StoredObject Card(StripeSession session, string number, long month = ExpiryMonth, long year = ExpiryYear)
    {
        var card = TestCards.OfNumber(number) ?? OtherCard(number);
        return Add(session, "card", new JsonObject { ["card_number"] = number }, new JsonObject
        {
            ["brand"] = card.Brand,
            ["checks"] = new JsonObject { ["address_line1_check"] = null, ["address_postal_code_check"] = null, ["cvc_check"] = "pass" },
            ["country"] = "US",
            ["exp_month"] = month,
            ["exp_year"] = year,
            ["fingerprint"] = Fingerprint(number),
            ["funding"] = card.Funding,
            ["generated_from"] = null,
            ["last4"] = number[^4..],
            ["networks"] = new JsonObject { ["available"] = new JsonArray(card.Brand), ["preferred"] = null },
            ["three_d_secure_usage"] = new JsonObject { ["supported"] = true },
            ["wallet"] = null,
        });
    }

    public static StoredObject BankAccount(
        StripeSession session, string number, string routingNumber, string holderType = "individual", string accountType = "checking") =>
        Add(session, "us_bank_account", new JsonObject { ["account_number"] = number }, new JsonObject
        {
            ["account_holder_type"] = holderType,
            ["account_type"] = accountType,
            ["bank_name"] = "STRIPE TEST BANK",
            ["financial_connections_account"] = null,
            ["fingerprint"] = Fingerprint(routingNumber + number),
            ["last4"] = number[^4..],
            ["networks"] = new JsonObject { ["preferred"] = "ach", ["supported"] = new JsonArray("ach") },
            ["routing_number"] = routingNumber,
            ["status_details"] = new JsonObject(),
        });

    /// <summary>A well-formed number that is no test card: as in test mode, it is declined.</summary>
    public static TestCard OtherCard(string number) => new(string.Empty, number, CardScript.Declined, "card_declined", "test_mode_live_card");

    public static JsonObject BillingDetails(JsonObject given) => new()
    {
        ["address"] = new JsonObject
        {
            ["city"] = null, ["country"] = null, ["line1"] = null, ["line2"] = null, ["postal_code"] = null, ["state"] = null,
        },
        ["email"] = given.Text("email"),
        ["name"] = given.Text("name"),
        ["phone"] = given.Text("phone"),
    };

    private static StripeAnswer? FromCard(StripeSession session, ParameterReader read, out StoredObject? made)
    {
        made = null;
        if (read.Text("card[token]") is { } token)
        {
            // tok_visa and pm_card_visa name the same card.
            if (TestCards.OfToken("pm_card_" + token[(token.IndexOf('_', StringComparison.Ordinal) + 1)..]) is not { } card)
            {
                return StripeAnswer.Missing("token", token, "card[token]");
            }

            made = Card(session, card.Number);
            return null;
        }

        var number = read.RequiredText("card[number]");
        var month = read.Integer("card[exp_month]");
        var year = read.Integer("card[exp_year]");
        if (read.Problem is { } problem)
        {
            return problem;
        }

        if (number.Length is < 12 or > 19 || !number.All(char.IsAsciiDigit) || !PassesLuhn(number))
        {
            return CardDecline.Plain("incorrect_number", "Your card number is incorrect.", "number");
        }

        if (month is not (>= 1 and <= 12) || year is not (>= 2000 and <= 2100))
        {
            return CardDecline.Plain("invalid_expiry_year", "Your card's expiration date is invalid.", "exp_year");
        }

        made = Card(session, number, month.Value, year.Value);
        return null;
    }

    private static StripeAnswer? FromBankAccount(StripeSession session, ParameterReader read, out StoredObject? made)
    {
        made = null;
        var number = read.RequiredText("us_bank_account[account_number]");
        var routing = read.RequiredText("us_bank_account[routing_number]");
        var holder = read.Choice("us_bank_account[account_holder_type]", "individual", "company") ?? "individual";
        var kind = read.Choice("us_bank_account[account_type]", "checking", "savings") ?? "checking";
        if (read.Problem is { } problem)
        {
            return problem;
        }

        if (routing.Length != 9 || !routing.All(char.IsAsciiDigit))
        {
            return StripeAnswer.Invalid("Invalid US routing number: must have 9 digits.", "routing_number_invalid", "us_bank_account[routing_number]");
        }

        if (number.Length is < 4 or > 17 || !number.All(char.IsAsciiDigit))
        {
            return StripeAnswer.Invalid("Invalid US account number.", "account_number_invalid", "us_bank_account[account_number]");
        }

        made = BankAccount(session, number, routing, holder, kind);
        return null;
    }

    private static StoredObject Add(StripeSession session, string type, JsonObject hidden, JsonObject details)
    {
        var id = session.Ids.Next("pm");
        return session.Unit.Add(PaymentMethods.Type, id, new JsonObject
        {
            ["id"] = id,
            ["object"] = PaymentMethods.Type,
            ["billing_details"] = BillingDetails([]),
            [type] = details,
            ["created"] = session.UnixNow,
            ["customer"] = null,
            ["livemode"] = false,
            ["metadata"] = new JsonObject(),
            ["type"] = type,
        }, hidden);
    }

    /// <summary>The same for the same number, and says nothing about it.</summary>
    private static string Fingerprint(string number) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"fingerprint:{number}")))[..16];

    private static bool PassesLuhn(string number)
    {
        var sum = 0;
        for (var i = 0; i < number.Length; i++)
        {
            var digit = number[^(i + 1)] - '0';
            var weighted = i % 2 == 0 ? digit : digit * 2;
            sum += weighted > 9 ? weighted - 9 : weighted;
        }

        return sum % 10 == 0;
    }
}
