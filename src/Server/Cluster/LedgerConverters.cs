using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Florin.Ledger;
using Florin.Ledger.Cluster;

namespace Florin.Server.Cluster;

/// <summary>128 bits as decimal text: a JSON number loses digits in other readers.</summary>
internal sealed class UInt128Converter : JsonConverter<UInt128>
{
    public override UInt128 Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        UInt128.TryParse(reader.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out UInt128 value) ? value : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, UInt128 value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
}

internal sealed class TransactionIdConverter : JsonConverter<TransactionId>
{
    public override TransactionId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TransactionId.FromGuid(reader.GetGuid());

    public override void Write(Utf8JsonWriter writer, TransactionId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToGuid());
}

internal sealed class AccountAddressConverter : JsonConverter<AccountAddress>
{
    public override AccountAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? default : AccountAddress.TryParse(reader.GetString(), out AccountAddress address) ? address : throw new JsonException();

    public override bool HandleNull => true;

    // The default has no text.
    public override void Write(Utf8JsonWriter writer, AccountAddress value, JsonSerializerOptions options)
    {
        if (value.Value is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            writer.WriteStringValue(value.Value);
        }
    }
}

/// <summary>Texts as they are. Half of a surrogate pair, which JSON cannot carry and the ledger must see to refuse it, travels as UTF-16 in an object.</summary>
internal sealed class ExactStringConverter : JsonConverter<string>
{
    private const string Utf16 = "utf16";

    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return reader.GetString();
        }

        if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals(Utf16) || !reader.Read())
        {
            throw new JsonException();
        }

        byte[] bytes = reader.GetBytesFromBase64();
        if (bytes.Length % 2 != 0 || !reader.Read() || reader.TokenType != JsonTokenType.EndObject)
        {
            throw new JsonException();
        }

        char[] characters = new char[bytes.Length / 2];
        for (int index = 0; index < characters.Length; index++)
        {
            characters[index] = (char)BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(2 * index));
        }

        return new string(characters);
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
    {
        if (IsWellFormed(value))
        {
            writer.WriteStringValue(value);
            return;
        }

        byte[] bytes = new byte[2 * value.Length];
        for (int index = 0; index < value.Length; index++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * index), value[index]);
        }

        writer.WriteStartObject();
        writer.WriteBase64String(Utf16, bytes);
        writer.WriteEndObject();
    }

    private static bool IsWellFormed(string value)
    {
        foreach (Rune rune in value.EnumerateRunes())
        {
            // What is ill-formed is shown as the replacement character, which a text may also hold by right: both take the long way.
            if (rune == Rune.ReplacementChar)
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>Lists; null is the list that was never set, which is not the same as an empty one.</summary>
internal sealed class ImmutableArrayConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(ImmutableArray<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(ImmutableArrayConverter<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class ImmutableArrayConverter<T> : JsonConverter<ImmutableArray<T>>
    {
        public override bool HandleNull => true;

        public override ImmutableArray<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null
                ? default
                : ImmutableCollectionsMarshal.AsImmutableArray(JsonSerializer.Deserialize<T[]>(ref reader, options));

        public override void Write(Utf8JsonWriter writer, ImmutableArray<T> value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, ImmutableCollectionsMarshal.AsArray(value), options);
    }
}

/// <summary>Work of other modules that commits with a submission, by its kind.</summary>
internal sealed class ParticipantConverter(IReadOnlyCollection<ParticipantType> known) : JsonConverter<ICommitParticipant>
{
    private readonly Dictionary<string, Type> _types = known.ToDictionary(type => type.ParticipantKind, type => type.Type, StringComparer.Ordinal);

    public override ICommitParticipant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName || !_types.TryGetValue(reader.GetString()!, out Type? type) || !reader.Read())
        {
            throw new JsonException("A commit participant of a kind that is not known here.");
        }

        ICommitParticipant participant = (ICommitParticipant)JsonSerializer.Deserialize(ref reader, type, options)!;
        return reader.Read() && reader.TokenType == JsonTokenType.EndObject ? participant : throw new JsonException();
    }

    public override void Write(Utf8JsonWriter writer, ICommitParticipant value, JsonSerializerOptions options)
    {
        Invariant.Assert(_types.TryGetValue(value.ParticipantKind, out Type? type) && type == value.GetType());
        writer.WriteStartObject();
        writer.WritePropertyName(value.ParticipantKind);
        JsonSerializer.Serialize(writer, value, type, options);
        writer.WriteEndObject();
    }
}
