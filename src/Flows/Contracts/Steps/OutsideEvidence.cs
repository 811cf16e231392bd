using System.Collections.Immutable;
using System.Text.Json;

namespace Florin.Flows;

/// <summary>What somebody outside said, as JSON for a flow's history and for signals: codes, ids and states; nothing personal.</summary>
public static class OutsideEvidence
{
    /// <summary>The longest failure code that is kept; what is longer or looks otherwise than a code is kept as <c>declined</c>.</summary>
    private const int CodeLengthMax = 64;

    public static string OfDecline(string code) => FlowFacts.Write(new { Declined = Code(code) });

    /// <summary>The raw body of an answer that could not be read is kept with it (fault U-14).</summary>
    public static string OfUnknown(string reason, string? rawBody) => FlowFacts.Write(new { Unknown = reason, RawBody = rawBody });

    /// <summary>A failure code that is safe to store and show.</summary>
    public static string Code(string? code) =>
        code is { Length: > 0 and <= CodeLengthMax } && code.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-' or ':' or '.')
            ? code
            : "declined";

    /// <summary>The provider's id of the object that a signal speaks of; the latest signal that names one.</summary>
    public static string? ObjectIn(ImmutableArray<FlowSignal> signals)
    {
        for (int index = signals.Length - 1; index >= 0; index--)
        {
            if (ObjectOf(signals[index].Payload) is { Length: > 0 } id)
            {
                return id;
            }
        }

        return null;
    }

    /// <summary>The payload of a signal that says: look at this object.</summary>
    public static string SignalPayload(string objectId) => FlowFacts.Write(new { ObjectId = objectId });

    private static string? ObjectOf(string payload)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(payload);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("object_id", out JsonElement id) && id.ValueKind == JsonValueKind.String
                ? id.GetString()
                : null;
        }
        catch (JsonException)
        {
            // A signal is a hint; one that cannot be read only says "look".
            return null;
        }
    }
}
