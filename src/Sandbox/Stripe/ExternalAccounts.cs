using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary>Where payouts go: bank accounts of an account or a customer (<c>ba_…</c>), and attached payment methods.</summary>
internal static class ExternalAccounts
{
    public const string Type = "bank_account";

    /// <summary>The account's own bank account, used when a payout names none.</summary>
    public const string Default = "ba_000123456789";

    private const string Prefix = "ba_";

    public static IEnumerable<StripeRoute> Routes =>
    [
        new("POST", "/v1/accounts/{id}/external_accounts", "external_accounts.create", Takes("external_account"), call => Create(call, "external_account")),
        new("POST", "/v1/customers/{id}/sources", "sources.create", Takes("source"), call => Create(call, "source")),
    ];

    /// <summary>Why a payout cannot go there, or <see langword="null"/> when it can.</summary>
    public static StripeAnswer? Refuse(StripeCall call, string destination, bool isInstant)
    {
        var stored = call.Unit.Find(destination);
        var known = stored?.Type is Type or PaymentMethods.Type || WellKnown(destination) is not null;
        if (!known)
        {
            return StripeAnswer.Missing("external account", destination, "destination");
        }

        if (stored?.Type == PaymentMethods.Type && stored.Body.Text("customer") is null)
        {
            return StripeAnswer.Refused("The payment method is not attached to a customer, so it cannot be paid out to.", null, "destination");
        }

        if (IsCard(call.Unit, destination) && stored!.Body["card"]!.AsObject().Text("funding") != "debit")
        {
            return StripeAnswer.Refused("Payouts to cards need a debit card.", null, "destination");
        }

        return isInstant && ScriptOf(call.Unit, destination).Token == "pm_usBankAccount_instantNotSupported"
            ? StripeAnswer.Refused("This destination does not support instant payouts.", "instant_payouts_unsupported", "destination")
            : null;
    }

    public static bool IsCard(UnitOfWork unit, string destination) =>
        unit.Find(destination) is { } stored && stored.Hidden.Text("card_number") is not null;

    public static TestBankAccount ScriptOf(UnitOfWork unit, string destination) =>
        (unit.Find(destination) is { } stored ? PaymentMethods.BankAccountOf(stored) : WellKnown(destination))
        ?? TestBankAccounts.OfToken("pm_usBankAccount")!;

    /// <summary><c>ba_000111111116</c> stands for the test account with that number.</summary>
    private static TestBankAccount? WellKnown(string destination) =>
        destination.StartsWith(Prefix, StringComparison.Ordinal) ? TestBankAccounts.OfNumber(destination[Prefix.Length..]) : null;

    private static string[] Takes(string name) =>
    [
        name, $"{name}.object", $"{name}.country", $"{name}.currency", $"{name}.account_number", $"{name}.routing_number",
        $"{name}.account_holder_name", $"{name}.account_holder_type", "metadata.*", "expand",
    ];

    private static StripeAnswer Create(StripeCall call, string name)
    {
        var read = call.Read();
        var ofCustomer = name == "source";
        if (ofCustomer && !Customers.IsAlive(call, call.Id))
        {
            return StripeAnswer.Missing("customer", call.Id, "customer");
        }

        // A token made from an account in the browser; the sandbox's own carry the test number: btok_000111111116.
        var token = read.IsHash(name) ? null : read.RequiredText(name);
        var number = token is null ? read.RequiredText($"{name}[account_number]") : token[(token.LastIndexOf('_') + 1)..];
        var metadata = read.Metadata();
        if (read.Problem is { } problem)
        {
            return problem;
        }

        if (token is not null && TestBankAccounts.OfNumber(number) is null)
        {
            return StripeAnswer.Missing("token", token, name);
        }

        if (number.Length is < 4 or > 17 || !number.All(char.IsAsciiDigit))
        {
            return StripeAnswer.Invalid("Invalid account number.", "account_number_invalid", $"{name}[account_number]");
        }

        var id = call.Ids.Next("ba");
        var made = call.Unit.Add(
            Type, id, Body(id, call.Id, ofCustomer, number, read, name), new JsonObject { ["account_number"] = number });
        made.Body["metadata"] = metadata;
        call.Session.Emit(ofCustomer ? "customer.source.created" : "account.external_account.created", made);
        return StripeAnswer.Ok(made.Body);
    }

    private static JsonObject Body(string id, string owner, bool ofCustomer, string number, ParameterReader read, string name)
    {
        var body = new JsonObject
        {
            ["id"] = id,
            ["object"] = Type,
            ["account_holder_name"] = read.IsHash(name) ? read.Text($"{name}[account_holder_name]") : null,
            ["account_holder_type"] = "individual",
            ["account_type"] = null,
            ["bank_name"] = "STRIPE TEST BANK",
            ["country"] = "US",
            ["currency"] = "usd",
            ["fingerprint"] = null,
            ["last4"] = number[^4..],
            ["metadata"] = null,
            ["routing_number"] = TestBankAccounts.RoutingNumber,
            ["status"] = "new",
        };
        body[ofCustomer ? "customer" : "account"] = owner;
        return body;
    }
}
