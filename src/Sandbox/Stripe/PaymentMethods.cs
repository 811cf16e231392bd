using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary><c>/v1/payment_methods</c>. A test token such as <c>pm_card_visa</c> stands for a fresh payment method wherever an id is taken.</summary>
internal static class PaymentMethods
{
    public const string Type = "payment_method";

    private static readonly string[] Creatable =
    [
        "type", "metadata.*", "billing_details.*", "expand", "card.number", "card.exp_month", "card.exp_year", "card.cvc", "card.token",
        "us_bank_account.account_number", "us_bank_account.routing_number", "us_bank_account.account_holder_type", "us_bank_account.account_type",
    ];

    public static IEnumerable<StripeRoute> Routes =>
    [
        new("POST", "/v1/payment_methods", "payment_methods.create", Creatable, Create),
        new("GET", "/v1/payment_methods", "payment_methods.list", [.. StripeList.Parameters, "customer", "type"], List),
        new("GET", "/v1/payment_methods/{id}", "payment_methods.get", ["expand"], Get),
        new("POST", "/v1/payment_methods/{id}", "payment_methods.update", ["metadata.*", "billing_details.*", "expand"], Update),
        new("POST", "/v1/payment_methods/{id}/attach", "payment_methods.attach", ["customer", "expand"], AttachTo),
        new("POST", "/v1/payment_methods/{id}/detach", "payment_methods.detach", ["expand"], DetachOf),
    ];

    /// <summary>The payment method under an id, or a fresh one for a test token; <see langword="null"/> when it is neither.</summary>
    public static StoredObject? Resolve(StripeSession session, string id)
    {
        if (session.Unit.Find(Type, id) is { } stored)
        {
            return stored;
        }

        return TestCards.OfToken(id) is { } card ? PaymentMethodMaker.Card(session, card.Number)
            : TestBankAccounts.OfToken(id) is { } account ? PaymentMethodMaker.BankAccount(session, account.Number, TestBankAccounts.RoutingNumber)
            : null;
    }

    /// <summary>Whether the month until which a card is good is over.</summary>
    public static bool IsExpired(StoredObject paymentMethod, DateTimeOffset now) =>
        paymentMethod.Body["card"] is JsonObject card
        && (card.Number("exp_year") * 12) + card.Number("exp_month") < (now.UtcDateTime.Year * 12) + now.UtcDateTime.Month;

    public static IEnumerable<StoredObject> OfCustomer(UnitOfWork unit, string customer) =>
        unit.NewestFirst(Type).Where(stored => stored.Body.Text("customer") == customer);

    /// <summary>Binds a payment method to a customer that is there.</summary>
    /// <returns>The refusal, or <see langword="null"/> when <paramref name="attached"/> is bound.</returns>
    public static StripeAnswer? Attach(StripeCall call, string id, string customer, out StoredObject? attached)
    {
        attached = null;
        if (Resolve(call.Session, id) is not { } found)
        {
            return StripeAnswer.Missing("PaymentMethod", id, "payment_method");
        }

        if (found.Hidden.Flag("detached"))
        {
            return StripeAnswer.Refused(WasUsed);
        }

        if (found.Body.Text("customer") is { } owner && owner != customer)
        {
            return StripeAnswer.Refused("The payment method you provided has already been attached to a customer.");
        }

        if (call.Session.Options.StrictAttach && CardOf(found) is { Script: CardScript.Declined, AttachesAlways: false } card)
        {
            return CardDecline.Answer(card, charge: null, paymentIntent: null, found);
        }

        attached = call.Unit.Edit(found.Id);
        if (attached.Body.Text("customer") is null)
        {
            attached.Body["customer"] = customer;
            call.Session.Emit("payment_method.attached", attached);
        }

        return null;
    }

    public static void Detach(StripeSession session, StoredObject attached)
    {
        var customer = attached.Body.Text("customer");
        attached.Body["customer"] = null;
        attached.Hidden["detached"] = true;
        session.Emit("payment_method.detached", attached, new JsonObject { ["customer"] = customer });
    }

    /// <summary>The test card behind a payment method, or <see langword="null"/> when it is a bank account.</summary>
    public static TestCard? CardOf(StoredObject paymentMethod) =>
        paymentMethod.Hidden.Text("card_number") is { } number ? TestCards.OfNumber(number) ?? PaymentMethodMaker.OtherCard(number) : null;

    /// <summary>The test account behind a payment method or an external account, or <see langword="null"/> when it is a card.</summary>
    public static TestBankAccount? BankAccountOf(StoredObject stored) =>
        stored.Hidden.Text("account_number") is { } number ? TestBankAccounts.OfNumber(number) ?? TestBankAccounts.OfToken("pm_usBankAccount") : null;

    public const string WasUsed = "This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, "
        + "and may not be used again.";

    public static StripeAnswer ListOfCustomer(StripeCall call)
    {
        var read = call.Read();
        var type = read.Text("type");
        return read.Problem ?? (Customers.IsAlive(call, call.Id)
            ? ListOf(call, call.Id, type)
            : StripeAnswer.Missing("customer", call.Id, "customer"));
    }

    private static StripeAnswer List(StripeCall call)
    {
        var read = call.Read();
        var customer = read.Text("customer");
        var type = read.Text("type");
        if (read.Problem is { } problem)
        {
            return problem;
        }

        return customer is not null && !Customers.IsAlive(call, customer)
            ? StripeAnswer.Missing("customer", customer, "customer")
            : ListOf(call, customer, type);
    }

    /// <summary>Without a customer Stripe lists none: it has only Treasury's there.</summary>
    private static StripeAnswer ListOf(StripeCall call, string? customer, string? type) => StripeList.Answer(
        call, Type, stored => customer is not null && stored.Body.Text("customer") == customer && (type is null || stored.Body.Text("type") == type));

    private static StripeAnswer Get(StripeCall call) =>
        call.Unit.Find(Type, call.Id) is null && Resolve(call.Session, call.Id) is { } fresh
            ? StripeAnswer.Ok(fresh.Body)
            : call.Show(Type, "PaymentMethod", "payment_method");

    private static StripeAnswer Create(StripeCall call)
    {
        var read = call.Read();
        var made = PaymentMethodMaker.FromParameters(call, read, out var paymentMethod);
        if (made is not null)
        {
            return made;
        }

        paymentMethod!.Body["metadata"] = read.Metadata();
        return read.Problem ?? StripeAnswer.Ok(paymentMethod.Body);
    }

    private static StripeAnswer Update(StripeCall call)
    {
        if (call.Unit.Find(Type, call.Id) is null)
        {
            return StripeAnswer.Missing("PaymentMethod", call.Id, "payment_method");
        }

        var read = call.Read();
        var paymentMethod = call.Unit.Edit(call.Id);
        paymentMethod.Body["metadata"] = read.Metadata(paymentMethod.Body["metadata"] as JsonObject);
        if (read.Has("billing_details"))
        {
            paymentMethod.Body["billing_details"] = PaymentMethodMaker.BillingDetails(read.Hash("billing_details"));
        }

        if (read.Problem is { } problem)
        {
            return problem;
        }

        call.Session.Emit("payment_method.updated", paymentMethod, []);
        return StripeAnswer.Ok(paymentMethod.Body);
    }

    private static StripeAnswer AttachTo(StripeCall call)
    {
        var read = call.Read();
        var customer = read.RequiredText("customer");
        if (read.Problem is { } problem)
        {
            return problem;
        }

        return Customers.IsAlive(call, customer)
            ? Attach(call, call.Id, customer, out var attached) ?? StripeAnswer.Ok(attached!.Body)
            : StripeAnswer.Missing("customer", customer, "customer");
    }

    private static StripeAnswer DetachOf(StripeCall call)
    {
        if (call.Unit.Find(Type, call.Id) is not { } found)
        {
            return StripeAnswer.Missing("PaymentMethod", call.Id, "payment_method");
        }

        if (found.Body.Text("customer") is null)
        {
            return StripeAnswer.Refused("The payment method you provided is not attached to a customer so detachment is impossible.");
        }

        var attached = call.Unit.Edit(call.Id);
        Detach(call.Session, attached);
        return StripeAnswer.Ok(attached.Body);
    }
}
