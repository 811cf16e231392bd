using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Webhooks;

/// <summary>One event on its way to one endpoint. It is deleted when the endpoint has answered with 2xx.</summary>
internal static class Delivery
{
    /// <summary>Kind of the due work that makes another attempt.</summary>
    public const string Attempt = "webhook.attempt";

    /// <summary>To be attempted as soon as a worker is free.</summary>
    public const string Ready = "ready";

    /// <summary>An attempt is due at an instant of the sandbox's clock.</summary>
    public const string Waiting = "waiting";

    /// <summary>All attempts failed.</summary>
    public const string GivenUp = "given_up";

    /// <summary>After which time another attempt follows a failed one, on the sandbox's clock.</summary>
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(600)];

    public static void Add(UnitOfWork unit, SandboxIds ids, string eventId, string endpointId) =>
        unit.Add(ObjectTypes.Delivery, ids.Next("dlv"), new JsonObject
        {
            ["event"] = eventId,
            ["endpoint"] = endpointId,
            ["state"] = Ready,
            ["attempts"] = 0L,
        });

    /// <summary>Makes a waiting delivery ready; one that is done or given up stays so.</summary>
    public static void Renew(UnitOfWork unit, string id)
    {
        if (unit.Find(id)?.Body.Text("state") == Waiting)
        {
            unit.Edit(id).Body["state"] = Ready;
        }
    }

    /// <summary>Puts a delivery off.</summary>
    public static void Wait(UnitOfWork unit, string id, TimeSpan pause)
    {
        unit.Edit(id).Body["state"] = Waiting;
        unit.Schedule(Attempt, id, unit.Now + pause);
    }

    /// <summary>Books the end of an attempt.</summary>
    public static void Finish(UnitOfWork unit, string id, bool succeeded)
    {
        if (unit.Find(id) is not { } found)
        {
            return;
        }

        if (succeeded)
        {
            Drop(unit, found);
            return;
        }

        var failed = unit.Edit(id);
        var attempts = failed.Body.Number("attempts") + 1;
        failed.Body["attempts"] = attempts;
        if (attempts > Pauses.Length)
        {
            failed.Body["state"] = GivenUp;
        }
        else
        {
            Wait(unit, id, Pauses[attempts - 1]);
        }
    }

    /// <summary>Forgets a delivery, and the event, where it says how many, counts one endpoint less that waits for it.</summary>
    public static void Drop(UnitOfWork unit, StoredObject delivery)
    {
        unit.Delete(delivery.Id);
        var told = unit.Edit(delivery.Body.Text("event")!);
        if (told.Body["pending_webhooks"] is not null)
        {
            told.Body["pending_webhooks"] = Math.Max(0, told.Body.Number("pending_webhooks") - 1);
        }
    }
}
