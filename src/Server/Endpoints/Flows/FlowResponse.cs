using System.Text.Json;
using Florin.Flows;

namespace Florin.Server.Endpoints.Flows;

/// <summary>A flow as an operator sees it.</summary>
/// <param name="ParkedReason">Why it waits for a person.</param>
/// <param name="Data">What the flow remembers.</param>
internal sealed record FlowResponse(
    Guid Id,
    string Kind,
    string State,
    int Version,
    string OwnerId,
    string? ProviderReference,
    string? ParkedReason,
    int Attempts,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? DueAt,
    JsonElement Data,
    IReadOnlyList<FlowHistoryResponse>? History)
{
    public static FlowResponse Of(Flow flow, IReadOnlyList<FlowHistoryEntry>? history = null) => new(
        flow.Id.Value,
        flow.Kind,
        flow.State,
        flow.Version,
        flow.OwnerId,
        flow.ProviderReference,
        flow.ParkedReason,
        flow.Attempts,
        flow.CreatedAt,
        flow.UpdatedAt,
        flow.DueAt,
        JsonSerializer.Deserialize<JsonElement>(flow.Data),
        history is null ? null : [.. history.Select(FlowHistoryResponse.Of)]);
}

/// <param name="Evidence">What the provider said.</param>
internal sealed record FlowHistoryResponse(int Version, string? From, string To, DateTimeOffset At, string Actor, string Reason, JsonElement? Evidence)
{
    public static FlowHistoryResponse Of(FlowHistoryEntry entry) => new(
        entry.Version,
        entry.From,
        entry.To,
        entry.At,
        entry.Actor,
        entry.Reason,
        entry.Evidence is null ? null : JsonSerializer.Deserialize<JsonElement>(entry.Evidence));
}
