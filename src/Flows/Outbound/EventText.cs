using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Florin.Flows.Outbound;

/// <summary>Makes the event of a flow's version: its type and the JSON that is kept and sent.</summary>
internal sealed class EventText(ImmutableArray<IEventPresenter> presenters, IEventObserver observer)
{
    private readonly FrozenDictionary<string, IEventPresenter> byKind =
        presenters.ToFrozenDictionary(presenter => presenter.Kind, StringComparer.Ordinal);

    /// <summary>What kind of object a flow is to the outside: <c>deposit</c> of <c>wallet.deposit</c>.</summary>
    public static string ObjectOf(string kind) => kind[(kind.LastIndexOf('.') + 1)..];

    public OutboundEvent Make(Flow flow, long sequence)
    {
        string what = ObjectOf(flow.Kind);
        string type = $"{what}.{flow.State}";
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            json.WriteString("id", OutboundEvent.IdOf(flow.Id, flow.Version));
            json.WriteString("type", type);
            json.WriteNumber("sequence", sequence);
            json.WriteString("object", what);
            json.WriteString("object_id", flow.Id.Value);
            json.WriteNumber("object_sequence", flow.Version);
            json.WriteString("occurred_at", flow.UpdatedAt);
            json.WritePropertyName("data");
            json.WriteRawValue(Data(flow));
            json.WriteEndObject();
        }

        string body = Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
        return new OutboundEvent(sequence, flow.Id, flow.Version, type, flow.OwnerId, flow.UpdatedAt, body);
    }

    private string Data(Flow flow)
    {
        try
        {
            return byKind.TryGetValue(flow.Kind, out IEventPresenter? presenter) ? presenter.Present(flow) : Plain(flow);
        }
        catch (Exception exception) when (exception
            is JsonException or FormatException or InvalidOperationException or KeyNotFoundException or UnreachableException)
        {
            // One flow that nobody can show, such as one in a state that only a newer version knows, must not hold up the events of all others.
            observer.NotPresented(flow.Id, flow.Kind, flow.State, exception);
            return Plain(flow);
        }
    }

    private static string Plain(Flow flow) => $$"""{"id":"{{flow.Id}}","state":{{JsonSerializer.Serialize(flow.State)}}}""";
}
