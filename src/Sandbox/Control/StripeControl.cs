using System.Text.Json.Nodes;
using Florin.Sandbox.Clock;
using Florin.Sandbox.State;
using Florin.Sandbox.Stripe;
using Florin.Sandbox.Webhooks;

namespace Florin.Sandbox.Control;

/// <summary><c>/_sandbox/stripe</c>: what the provider believes, and what only a payer or the provider itself can do.</summary>
internal static class StripeControl
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/_sandbox/stripe/objects", ShowObjects);
        routes.MapPost("/_sandbox/stripe/events/{id}/resend", ResendAsync);
        routes.MapPost("/_sandbox/stripe/payment_intents/{id}/authenticate", AuthenticateAsync);
        StripeSettlementControl.Map(routes);
    }

    private static IResult ShowObjects(string? type, World world, SandboxClock clock) => ControlRequest.Answer(world.Execute(clock.Now, null, unit =>
    {
        List<string> types = [.. unit.Types.Where(known => !ObjectTypes.IsBookkeeping(known) && (type is null || known == type)).Order()];
        var objects = new JsonArray();
        foreach (var known in types)
        {
            foreach (var stored in unit.NewestFirst(known).Take(Limits.JudgedObjects))
            {
                objects.Add(stored.Body.Copy());
            }
        }

        return new JsonObject { ["objects"] = objects, ["totals"] = ProviderTotals.Of(unit) };
    }));

    /// <summary>Sends an event again to every endpoint. Answers after the attempts.</summary>
    private static async Task<IResult> ResendAsync(
        string id, HttpContext http, World world, SandboxClock clock, StripeContext context, WebhookDispatcher webhooks)
    {
        var found = world.Execute(clock.Now, null, unit =>
        {
            if (unit.Find(Events.Type, id) is null)
            {
                return false;
            }

            foreach (var endpoint in unit.NewestFirst(WebhookEndpoints.Type).ToArray())
            {
                Delivery.Add(unit, context.Ids, id, endpoint.Id);
            }

            unit.Commit();
            return true;
        });
        if (!found)
        {
            return ControlRequest.Problem(404, "not_found", "There is no such event.");
        }

        await webhooks.WhenIdleAsync(http.RequestAborted);
        return Results.NoContent();
    }

    /// <summary>The payer does what the card's bank asks: <c>{"outcome": "succeed" | "fail"}</c>.</summary>
    private static async Task<IResult> AuthenticateAsync(
        string id, HttpRequest request, World world, SandboxClock clock, StripeContext context, WebhookDispatcher webhooks)
    {
        if (await ControlRequest.ReadAsync(request) is not { } body)
        {
            return ControlRequest.NotJson();
        }

        var succeeded = (body.Text("outcome") ?? "succeed") == "succeed";
        var intent = world.Execute(clock.Now, null, unit =>
        {
            if (unit.Find(PaymentIntents.Type, id) is not { } found || found.Body.Text("status") != "requires_action"
                || PaymentMethods.CardOf(unit.Find(found.Body.Text("payment_method")!)!) is null)
            {
                return null;
            }

            var edited = unit.Edit(id);
            Confirmation.Authenticated(new StripeSession(unit, context), edited, succeeded);
            unit.Commit();
            return edited.Body.Copy();
        });
        if (intent is null)
        {
            return ControlRequest.Problem(404, "not_found", "There is no such payment that waits for its payer.");
        }

        await webhooks.WhenIdleAsync(request.HttpContext.RequestAborted);
        return ControlRequest.Answer(intent);
    }
}
