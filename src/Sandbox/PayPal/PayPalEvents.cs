using System.Text.Json.Nodes;
using Florin.Sandbox.State;
using Florin.Sandbox.Webhooks;

namespace Florin.Sandbox.PayPal;

/// <summary><c>/v1/notifications/webhooks-events</c>: everything that happened, whether a webhook told of it or not.</summary>
internal static class PayPalEvents
{
    private const string Path = "/v1/notifications/webhooks-events";
    private const int PageMax = 100;

    public static IEnumerable<PayPalRoute> Routes =>
    [
        new("GET", Path, "webhooks_events.list", List),
        new("GET", $"{Path}/{{id}}", "webhooks_events.get", call => call.Show(PayPalTypes.Event)),
        new("POST", $"{Path}/{{id}}/resend", "webhooks_events.resend", Resend),
    ];

    /// <summary>Sends an event again to every webhook.</summary>
    public static bool Resend(PayPalSession session, string id)
    {
        if (session.Unit.Find(PayPalTypes.Event, id) is null)
        {
            return false;
        }

        foreach (var webhook in session.Unit.NewestFirst(PayPalTypes.Webhook).ToArray())
        {
            Delivery.Add(session.Unit, session.Ids, id, webhook.Id);
        }

        return true;
    }

    /// <summary>Tells of the same once more, as another event with an id of its own, as PayPal may.</summary>
    public static bool Repeat(PayPalSession session, string id)
    {
        if (session.Unit.Find(PayPalTypes.Event, id) is not { } told)
        {
            return false;
        }

        session.Emit(told.Body.Text("event_type")!, told.Body.Text("resource_type")!, told.Body["resource"]!.AsObject());
        return true;
    }

    private static PayPalAnswer Resend(PayPalCall call) => Resend(call.Session, call.Id)
        ? new PayPalAnswer(202, call.Unit.Find(call.Id)!.Body.Copy(), call.Id)
        : PayPalAnswer.Missing();

    private static PayPalAnswer List(PayPalCall call)
    {
        var size = int.TryParse(call.Text("page_size"), out var asked) && asked is > 0 and <= PageMax ? asked : 10;
        var type = call.Text("event_type");
        var transaction = call.Text("transaction_id");
        List<StoredObject> found =
        [
            .. call.Unit.NewestFirst(PayPalTypes.Event).Where(told => (type is null || told.Body.Text("event_type") == type)
                && (transaction is null || told.Body["resource"]!.AsObject().Text("id") == transaction)
                && IsAfter(told, call.Text("start_time")) && !IsAfter(told, call.Text("end_time"), whenMissing: false)),
        ];
        var skip = int.TryParse(call.Text("skip"), out var before) && before > 0 ? before : 0;
        var links = new JsonArray(call.Session.Link("self", Path));
        if (found.Count > skip + size)
        {
            links.Add((JsonNode)call.Session.Link("next", Next(call, size, skip + size)));
        }

        return PayPalAnswer.Ok(new JsonObject
        {
            ["events"] = new JsonArray([.. found.Skip(skip).Take(size).Select(told => (JsonNode)told.Body.Copy())]),
            ["count"] = (long)Math.Clamp(found.Count - skip, 0, size),
            ["links"] = links,
        });
    }

    private static string Next(PayPalCall call, int size, int skip)
    {
        IEnumerable<string> filters = from name in (string[])["event_type", "transaction_id", "start_time", "end_time"]
            where call.Text(name) is not null
            select $"&{name}={Uri.EscapeDataString(call.Text(name)!)}";
        return $"{Path}?page_size={size}&skip={skip}{string.Concat(filters)}";
    }

    private static bool IsAfter(StoredObject told, string? time, bool whenMissing = true) =>
        DateTimeOffset.TryParse(time, out var at) ? told.Hidden.Number("created_ms") >= at.ToUnixTimeMilliseconds() : whenMissing;
}
