using System.Text.Json.Nodes;

namespace Florin.Sandbox.State;

/// <summary>All that one request changed.</summary>
internal sealed record JournalLine(IReadOnlyList<StoredObject> Upserts, IReadOnlyList<string> Deletes)
{
    public JsonObject ToJson()
    {
        var puts = new JsonArray();
        foreach (var stored in Upserts)
        {
            puts.Add(new JsonObject
            {
                ["type"] = stored.Type,
                ["id"] = stored.Id,
                ["sequence"] = stored.Sequence,
                ["body"] = stored.Body.Copy(),
                ["hidden"] = stored.Hidden.Copy(),
            });
        }

        return new JsonObject { ["put"] = puts, ["delete"] = new JsonArray([.. Deletes.Select(id => (JsonNode)id)]) };
    }

    public static JournalLine FromJson(JsonObject line) => new(
        [.. line["put"]!.AsArray().Select(put => ReadObject(put!.AsObject()))],
        [.. line["delete"]!.AsArray().Select(id => id!.GetValue<string>())]);

    private static StoredObject ReadObject(JsonObject put) => new(
        put["type"]!.GetValue<string>(),
        put["id"]!.GetValue<string>(),
        put["sequence"]!.GetValue<long>(),
        put["body"]!.AsObject().Copy(),
        put["hidden"]!.AsObject().Copy());
}
