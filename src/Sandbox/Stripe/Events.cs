namespace Florin.Sandbox.Stripe;

/// <summary><c>/v1/events</c>: everything that happened, whether a webhook told of it or not.</summary>
internal static class Events
{
    public const string Type = "event";

    public static IEnumerable<StripeRoute> Routes =>
    [
        new("GET", "/v1/events", "events.list", [.. StripeList.TimedParameters, "type", "types"], List),
        new("GET", "/v1/events/{id}", "events.get", ["expand"], call => call.Show(Type, Type, "id")),
    ];

    private static StripeAnswer List(StripeCall call)
    {
        var read = call.Read();
        var type = read.Text("type");
        var types = read.List("types");
        if (type is not null && types.Count > 0)
        {
            read.Refuse("You may only specify one of these parameters: type, types.", null, "types");
        }

        return read.Problem ?? StripeList.Answer(call, Type, stored =>
            (type is null || Matches(type, stored.Body.Text("type")!)) && (types.Count == 0 || types.Contains(stored.Body.Text("type")!)));
    }

    /// <summary><c>payout.*</c> is every event of payouts.</summary>
    private static bool Matches(string wanted, string type) =>
        wanted == type || (wanted.EndsWith('*') && type.StartsWith(wanted[..^1], StringComparison.Ordinal));
}
