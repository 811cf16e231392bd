using Florin.Flows;

namespace Florin.Server.Endpoints.Webhooks;

/// <summary>A provider's event as an operator sees it.</summary>
/// <param name="Via"><c>webhook</c> or <c>pull</c>.</param>
/// <param name="Status"><c>pending</c>, <c>done</c>, <c>ignored</c> or <c>parked</c>.</param>
/// <param name="Note">What happened at the last attempt.</param>
internal sealed record InboundEventResponse(
    string Provider, string EventId, string Type, string ObjectId, string Via, string Status, int Attempts, string? Note, DateTimeOffset ReceivedAt)
{
    public static InboundEventResponse Of(InboundEvent item) => new(
        item.Provider, item.EventId, item.Type, item.ObjectId, item.Via, item.Status, item.Attempts, item.Note, item.ReceivedAt);
}
