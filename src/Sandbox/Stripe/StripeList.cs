using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary>Lists: newest first, <c>limit</c> 1 to 100, <c>starting_after</c> goes on to older ones, <c>ending_before</c> to newer ones.</summary>
internal static class StripeList
{
    /// <summary>Parameters that every list takes.</summary>
    public static readonly string[] Parameters = ["limit", "starting_after", "ending_before", "expand"];

    /// <summary>Parameters of a list that can be narrowed by time of creation.</summary>
    public static readonly string[] TimedParameters =
        [.. Parameters, "created", "created.gt", "created.gte", "created.lt", "created.lte"];

    public static StripeAnswer Answer(StripeCall call, string type, Func<StoredObject, bool> matches)
    {
        var read = call.Read();
        var limit = read.Integer("limit") ?? Limits.PageObjectsDefault;
        if (limit is < 1 or > Limits.PageObjects)
        {
            read.Refuse($"Invalid limit: must be between 1 and {Limits.PageObjects}.", "parameter_invalid_integer", "limit");
        }

        var created = TimeRange.Read(read, "created");
        var after = read.Text("starting_after");
        var before = read.Text("ending_before");
        if (after is not null && before is not null)
        {
            read.Refuse("You may only specify one of these parameters: starting_after, ending_before.", null, "ending_before");
        }

        if (read.Problem is { } problem)
        {
            return problem;
        }

        if ((after ?? before) is { } cursor && call.Unit.Find(type, cursor) is null)
        {
            return StripeAnswer.Invalid($"No such {type}: '{cursor}'", "resource_missing", after is null ? "ending_before" : "starting_after");
        }

        var all = call.Unit.NewestFirst(type).Where(stored =>
            call.IsVisible(stored) && created.Contains(stored.Body.Number("created")) && matches(stored));
        return Page(call, all, checked((int)limit), after is null ? null : call.Unit.Find(after)!.Sequence, before is null ? null : call.Unit.Find(before)!.Sequence);
    }

    private static StripeAnswer Page(StripeCall call, IEnumerable<StoredObject> all, int limit, long? olderThan, long? newerThan)
    {
        List<StoredObject> page;
        bool hasMore;
        if (newerThan is { } bound)
        {
            // The page that lies directly above the cursor, still shown newest first.
            List<StoredObject> newer = [.. all.TakeWhile(stored => stored.Sequence > bound)];
            hasMore = newer.Count > limit;
            page = hasMore ? newer[^limit..] : newer;
        }
        else
        {
            page = [.. all.Where(stored => olderThan is null || stored.Sequence < olderThan).Take(limit + 1)];
            hasMore = page.Count > limit;
            page = hasMore ? page[..limit] : page;
        }

        return StripeAnswer.Ok(Envelope(call.Path, hasMore, page.Select(stored => stored.Body.Copy())));
    }

    public static JsonObject Envelope(string url, bool hasMore, IEnumerable<JsonObject> data) => new()
    {
        ["object"] = "list",
        ["url"] = url,
        ["has_more"] = hasMore,
        ["data"] = new JsonArray([.. data]),
    };
}
