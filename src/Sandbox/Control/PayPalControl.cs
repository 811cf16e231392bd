using System.Text.Json.Nodes;
using Florin.Sandbox.PayPal;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Control;

/// <summary><c>/_sandbox/paypal</c>: what the provider believes, and what only a payer can do.</summary>
internal static class PayPalControl
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/_sandbox/paypal/objects", ShowObjects);
        routes.MapGet("/_sandbox/paypal/authority.pem", (PayPalWorld paypal) => Results.Text(paypal.Signing.AuthorityPem(), "application/x-pem-file"));
        routes.MapPost("/_sandbox/paypal/orders/{id}/approve", ApproveAsync);
        routes.MapPost("/_sandbox/paypal/setup_tokens/{id}/approve", (string id, PayPalWorld paypal, HttpContext http) =>
            ChangeAsync(paypal, http, session => Vault.Approve(session, id)));
        routes.MapPost("/_sandbox/paypal/events", EmitAsync);
        routes.MapPost("/_sandbox/paypal/events/{id}/resend", (string id, PayPalWorld paypal, HttpContext http) =>
            ChangeAsync(paypal, http, session => PayPalEvents.Resend(session, id)));
        routes.MapPost("/_sandbox/paypal/events/{id}/repeat", (string id, PayPalWorld paypal, HttpContext http) =>
            ChangeAsync(paypal, http, session => PayPalEvents.Repeat(session, id)));
    }

    /// <returns>The webhook's id, or <see langword="null"/> when there are too many.</returns>
    public static string? PutWebhook(PayPalWorld paypal, string url, string? webhookId) => paypal.Execute(null, session =>
    {
        var id = WebhookRegistrations.Put(session, url, webhookId);
        session.Unit.Commit();
        return id;
    });

    private static IResult ShowObjects(string? type, PayPalWorld paypal) => ControlRequest.Answer(paypal.Execute(null, session =>
    {
        var unit = session.Unit;
        List<string> types = [.. unit.Types.Where(known => !ObjectTypes.IsBookkeeping(known) && (type is null || known == type)).Order()];
        var objects = new JsonArray();
        foreach (var stored in types.SelectMany(known => unit.NewestFirst(known).Take(Limits.JudgedObjects)))
        {
            var body = stored.Body.Copy();
            body["_type"] = stored.Type;
            objects.Add((JsonNode)body);
        }

        return new JsonObject { ["objects"] = objects, ["totals"] = PayPalTotals.Of(unit) };
    }));

    /// <summary>The payer approves: <c>{"scenario"}</c> names what the wallet will do, by the words of the vault ids.</summary>
    private static async Task<IResult> ApproveAsync(string id, PayPalWorld paypal, HttpContext http) =>
        await ControlRequest.ReadAsync(http.Request) is not { } body ? ControlRequest.NotJson()
            : body.Text("scenario") is { } unknown && !Scenario.IsKnown(unknown) ? ControlRequest.Problem(400, "invalid_scenario", "scenario must be one of the sandbox's own vault ids.")
            : await ChangeAsync(paypal, http, session => Orders.Approve(session, id, body.Text("scenario")));

    /// <summary>Sends a genuine event that says anything: <c>{"event_type", "resource_type", "resource"}</c>, as PayPal's own simulator does.</summary>
    private static async Task<IResult> EmitAsync(PayPalWorld paypal, HttpContext http) =>
        await ControlRequest.ReadAsync(http.Request) is { } body && body.Text("event_type") is { } type && body["resource"] is JsonObject resource
            ? await ChangeAsync(paypal, http, session =>
            {
                session.Emit(type, body.Text("resource_type") ?? "capture", resource);
                return true;
            })
            : ControlRequest.NotJson();

    private static async Task<IResult> ChangeAsync(PayPalWorld paypal, HttpContext http, Func<PayPalSession, bool> change)
    {
        var changed = paypal.Execute(null, session =>
        {
            var done = change(session);
            session.Unit.Commit();
            return done;
        });
        if (!changed)
        {
            return ControlRequest.Problem(404, "not_found", "There is no such object in that state.");
        }

        await paypal.Webhooks.WhenIdleAsync(http.RequestAborted);
        return Results.NoContent();
    }
}
