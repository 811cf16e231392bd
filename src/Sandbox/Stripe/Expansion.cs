using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary><c>expand[]=latest_charge.balance_transaction</c>: puts objects in the place of their ids.</summary>
internal static class Expansion
{
    private static readonly FrozenSet<string> Expandable = FrozenSet.ToFrozenSet(
    [
        "balance_transaction", "charge", "customer", "default_payment_method", "destination", "failure_balance_transaction", "latest_charge",
        "payment_intent", "payment_method", "source",
    ]);

    /// <returns>The body with what was asked for in place, or the refusal of a path that cannot be expanded.</returns>
    public static StripeAnswer Apply(StripeAnswer answer, UnitOfWork unit, IReadOnlyList<string> paths)
    {
        if (paths.Count == 0 || answer.Status != 200)
        {
            return answer;
        }

        var body = answer.Body.Copy();
        foreach (var path in paths)
        {
            if (!Expand(body, unit, path.Split('.')))
            {
                return StripeAnswer.Invalid($"This property cannot be expanded ({path}).", null, "expand");
            }
        }

        return answer with { Body = body };
    }

    private static bool Expand(JsonObject body, UnitOfWork unit, ReadOnlySpan<string> path)
    {
        if (path.IsEmpty)
        {
            return true;
        }

        switch (body[path[0]])
        {
            case JsonArray list:
                foreach (var item in list)
                {
                    if (item is not JsonObject inner || !Expand(inner, unit, path[1..]))
                    {
                        return false;
                    }
                }

                return true;
            case JsonObject inner:
                return Expand(inner, unit, path[1..]);
            case null:
                return body.ContainsKey(path[0]);
            case JsonValue value when Expandable.Contains(path[0]) && unit.Find(value.GetValue<string>()) is { } stored:
                var copy = stored.Body.Copy();
                body[path[0]] = copy;
                return Expand(copy, unit, path[1..]);
            default:
                return false;
        }
    }
}
