using System.Text.Json;
using Florin.Flows;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Events;

/// <summary>One change of an object, as it is also sent to webhook endpoints.</summary>
/// <param name="Id">Unique; the same wherever and however often the event appears.</param>
/// <param name="Type"><c>deposit.succeeded</c>: the kind of object and the state that it reached.</param>
/// <param name="Sequence">From 1, without a gap, over all events.</param>
/// <param name="Object">The kind of object: <c>deposit</c>, <c>withdrawal</c>, <c>transfer</c>, …</param>
/// <param name="ObjectSequence">From 1, without a gap, over the events of this object.</param>
/// <param name="Data">The object as its own endpoint showed it right after this change.</param>
internal sealed record EventResponse(
    string Id, string Type, long Sequence, string Object, Guid ObjectId, int ObjectSequence, DateTimeOffset OccurredAt, JsonElement Data)
{
    public static EventResponse Of(OutboundEvent item) =>
        JsonSerializer.Deserialize<EventResponse>(item.Body, JsonConventions.Options) ?? throw new JsonException("An event's body is null.");
}

/// <param name="NextSince">Sent as <c>since</c> it goes on from here, now or later.</param>
internal sealed record EventPageResponse(IReadOnlyList<EventResponse> Data, long NextSince, bool HasMore);
