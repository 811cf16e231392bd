using System.Globalization;
using System.Text.Json;

namespace Florin.Tests.Payments.Sequences;

/// <summary>The flows and their history by SQL.</summary>
internal sealed record FlowRecord(IReadOnlyDictionary<string, FlowRow> Flows, ILookup<string, HistoryRow> History)
{
    public const string Payment = "payment";
    public const string Refund = "payment.refund";
    public const string Dispute = "payment.dispute";
    public const string Settlement = "payment.settlement";

    private const string SeedPrefix = "sequence ";

    public static async Task<FlowRecord> ReadAsync(SequenceWorld world)
    {
        IReadOnlyList<FlowRow> flows = await world.RowsAsync(
            "select id::text, kind, state, version, data::text, owner_id, coalesce(provider_reference, ''), coalesce(parked_reason, '') from flows.flow",
            row => new FlowRow(
                row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt32(3), JsonSerializer.Deserialize<JsonElement>(row.GetString(4)),
                row.GetString(5), row.GetString(6), row.GetString(7)));
        IReadOnlyList<HistoryRow> history = await world.RowsAsync(
            "select flow_id::text, version, coalesce(from_state, ''), to_state, reason, actor, at from flows.history order by flow_id, version",
            row => new HistoryRow(
                row.GetString(0), row.GetInt32(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5),
                row.GetFieldValue<DateTimeOffset>(6)));
        return new FlowRecord(flows.ToDictionary(flow => flow.Id), history.ToLookup(entry => entry.FlowId));
    }

    public IEnumerable<FlowRow> Of(string kind) => Flows.Values.Where(flow => flow.Kind == kind);

    /// <summary>The sequence that a flow belongs to; 0 when nobody knows.</summary>
    public int SeedOf(FlowRow flow)
    {
        string? text = flow.Kind switch
        {
            Payment => flow.Text("description"),
            Refund => flow.Text("reason"),
            _ => flow.Text("payment_id") is { } payment && Flows.TryGetValue(payment, out FlowRow? parent) ? parent.Text("description") : null,
        };
        return text is not null && text.StartsWith(SeedPrefix, StringComparison.Ordinal)
            ? int.Parse(text[SeedPrefix.Length..], CultureInfo.InvariantCulture)
            : 0;
    }

    public bool Has(string flow, string reason) => History[flow].Any(entry => entry.Reason == reason);
}

internal sealed record FlowRow(
    string Id, string Kind, string State, int Version, JsonElement Data, string Owner, string ProviderReference, string ParkedReason)
{
    /// <summary>Waits for a person: an open break.</summary>
    public bool IsParked => ParkedReason.Length > 0;

    public string? Text(string name) => Data.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    public long Units(string name) => long.Parse(Text(name) ?? "0", CultureInfo.InvariantCulture);

    public override string ToString() => $"{Kind} {Id} {State}{(IsParked ? $" parked: {ParkedReason}" : "")}";
}

internal sealed record HistoryRow(string FlowId, int Version, string From, string To, string Reason, string Actor, DateTimeOffset At);
