using System.Text.Json.Nodes;

namespace Florin.Sandbox.Stripe;

/// <summary><c>/v1/customers</c>.</summary>
internal static class Customers
{
    public const string Type = "customer";

    private static readonly string[] Settable = ["description", "email", "name", "phone", "metadata.*", "expand"];

    public static IEnumerable<StripeRoute> Routes =>
    [
        new("POST", "/v1/customers", "customers.create", [.. Settable, "payment_method", "invoice_settings.default_payment_method"], Create),
        new("GET", "/v1/customers", "customers.list", [.. StripeList.TimedParameters, "email"], List),
        new("GET", "/v1/customers/{id}", "customers.get", ["expand"], call => call.Show(Type, Type, "id")),
        new("POST", "/v1/customers/{id}", "customers.update", [.. Settable, "invoice_settings.default_payment_method"], Update),
        new("DELETE", "/v1/customers/{id}", "customers.delete", [], Delete),
        new("GET", "/v1/customers/{id}/payment_methods", "payment_methods.list", [.. StripeList.Parameters, "type"], PaymentMethods.ListOfCustomer),
    ];

    /// <summary>A customer that exists and is not deleted.</summary>
    public static bool IsAlive(StripeCall call, string id) =>
        call.Unit.Find(Type, id) is { } stored && !stored.Body.Flag("deleted");

    private static StripeAnswer Create(StripeCall call)
    {
        var read = call.Read();
        var metadata = read.Metadata();
        var paymentMethod = read.Text("payment_method");
        var defaultMethod = read.Text("invoice_settings[default_payment_method]");
        if (read.Problem is { } problem)
        {
            return problem;
        }

        var id = call.Ids.Next("cus");
        var customer = call.Unit.Add(Type, id, new JsonObject
        {
            ["id"] = id,
            ["object"] = Type,
            ["address"] = null,
            ["balance"] = 0L,
            ["created"] = call.Session.UnixNow,
            ["currency"] = null,
            ["default_source"] = null,
            ["delinquent"] = false,
            ["description"] = read.Text("description"),
            ["discount"] = null,
            ["email"] = read.Text("email"),
            ["invoice_prefix"] = call.Ids.Text(8).ToUpperInvariant(),
            ["invoice_settings"] = new JsonObject
            {
                ["custom_fields"] = null,
                ["default_payment_method"] = defaultMethod,
                ["footer"] = null,
                ["rendering_options"] = null,
            },
            ["livemode"] = false,
            ["metadata"] = metadata,
            ["name"] = read.Text("name"),
            ["next_invoice_sequence"] = 1L,
            ["phone"] = read.Text("phone"),
            ["preferred_locales"] = new JsonArray(),
            ["shipping"] = null,
            ["tax_exempt"] = "none",
            ["test_clock"] = null,
        });

        call.Session.Emit("customer.created", customer);
        if (paymentMethod is not null && PaymentMethods.Attach(call, paymentMethod, id, out _) is { } refused)
        {
            return refused;
        }

        return StripeAnswer.Ok(customer.Body);
    }

    private static StripeAnswer List(StripeCall call)
    {
        var read = call.Read();
        var email = read.Text("email");
        return read.Problem
            ?? StripeList.Answer(call, Type, stored => !stored.Body.Flag("deleted") && (email is null || stored.Body.Text("email") == email));
    }

    private static StripeAnswer Update(StripeCall call)
    {
        if (!IsAlive(call, call.Id))
        {
            return StripeAnswer.Missing(Type, call.Id);
        }

        var read = call.Read();
        var customer = call.Unit.Edit(call.Id);
        customer.Body["metadata"] = read.Metadata(customer.Body["metadata"]!.AsObject());
        foreach (var name in (string[])["description", "email", "name", "phone"])
        {
            if (read.Has(name))
            {
                customer.Body[name] = read.Text(name);
            }
        }

        if (read.Text("invoice_settings[default_payment_method]") is { } paymentMethod)
        {
            customer.Body["invoice_settings"]!["default_payment_method"] = paymentMethod;
        }

        if (read.Problem is { } problem)
        {
            return problem;
        }

        call.Session.Emit("customer.updated", customer, []);
        return StripeAnswer.Ok(customer.Body);
    }

    /// <summary>The customer becomes a tombstone, and its payment methods are detached.</summary>
    private static StripeAnswer Delete(StripeCall call)
    {
        if (!IsAlive(call, call.Id))
        {
            return StripeAnswer.Missing(Type, call.Id);
        }

        foreach (var attached in PaymentMethods.OfCustomer(call.Unit, call.Id).ToArray())
        {
            PaymentMethods.Detach(call.Session, call.Unit.Edit(attached.Id));
        }

        var customer = call.Unit.Edit(call.Id);
        call.Session.Emit("customer.deleted", customer);
        customer.Body.Clear();
        customer.Body["id"] = call.Id;
        customer.Body["object"] = Type;
        customer.Body["deleted"] = true;
        return StripeAnswer.Ok(customer.Body);
    }
}
