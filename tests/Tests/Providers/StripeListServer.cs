using System.Globalization;
using System.Text.Json;
using System.Web;

namespace Florin.Tests.Providers;

/// <summary>Pages through a list as Stripe documents it: newest first, <c>limit</c>, <c>starting_after</c>, <c>ending_before</c>, <c>created[…]</c>.</summary>
internal sealed class StripeListServer(IEnumerable<(string Id, long Created, string Json)> items)
{
    private readonly List<(string Id, long Created, string Json)> _newestFirst = [.. items.Reverse()];

    public static (string Id, long Created, string Json) Event(int number, long created)
        => ($"evt_{number}", created, $$$"""{"id":"evt_{{{number}}}","object":"event","type":"payment_intent.succeeded","created":{{{created}}},"livemode":false,"data":{"object":{"id":"pi_{{{number}}}"} } }""");

    public static (string Id, long Created, string Json) Payment(int number, string reference, string status = "succeeded")
        => ($"pi_{number}", number, JsonSerializer.Serialize(new
        {
            id = $"pi_{number}", @object = "payment_intent", amount = 1050, amount_received = 1050, currency = "usd", status, metadata = new { florin_reference = reference },
            last_payment_error = status == "requires_payment_method" ? new { type = "card_error", code = "card_declined" } : null,
        }));

    public static (string Id, long Created, string Json) Payout(int number, string reference, string status = "pending")
        => ($"po_{number}", number, JsonSerializer.Serialize(
            new { id = $"po_{number}", @object = "payout", amount = 1050, currency = "usd", status, metadata = new { florin_reference = reference } }));

    public void Add((string Id, long Created, string Json) item) => _newestFirst.Insert(0, item);

    public string Page(SeenRequest request)
    {
        var query = HttpUtility.ParseQueryString(request.Query);
        long Bound(string name, long none) => query[name] is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : none;
        List<(string Id, long Created, string Json)> rows =
            [.. _newestFirst.Where(item => item.Created <= Bound("created[lte]", long.MaxValue) && item.Created >= Bound("created[gte]", 0))];
        int limit = (int)Bound("limit", 10);
        if (query["ending_before"] is { } before)
        {
            int index = rows.FindIndex(item => item.Id == before);
            int from = Math.Max(0, index - limit);
            return StripeAnswers.List(request.Path, from > 0, [.. rows.Take(from..index).Select(item => item.Json)]);
        }

        int start = query["starting_after"] is { } after ? rows.FindIndex(item => item.Id == after) + 1 : 0;
        return StripeAnswers.List(request.Path, rows.Count > start + limit, [.. rows.Skip(start).Take(limit).Select(item => item.Json)]);
    }

    public Task<StripeServer> StartAsync() => StripeServer.StartAsync((seen, context) => StripeServer.AnswerAsync(context, 200, Page(seen)));
}
