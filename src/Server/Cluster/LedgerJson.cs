using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Florin.Ledger.Cluster;

namespace Florin.Server.Cluster;

/// <summary>
/// How nodes write the ledger's own types to each other: every public member, without a list of them here, so that new members are carried too.
/// </summary>
/// <remarks>
/// Two versions of the program meet during an update. What stands at its initial value is left out, so that an older node understands all that it
/// can do; a member that it does not know is refused in a request, because to leave it out would change what is asked for, and ignored in an
/// answer.
/// </remarks>
internal sealed class LedgerJson
{
    public LedgerJson(IEnumerable<ParticipantType> participants)
    {
        ParticipantType[] known = [.. participants];
        Request = Create(known, JsonUnmappedMemberHandling.Disallow);
        Answer = Create(known, JsonUnmappedMemberHandling.Skip);
    }

    public JsonSerializerOptions Request { get; }

    public JsonSerializerOptions Answer { get; }

    private static JsonSerializerOptions Create(ParticipantType[] participants, JsonUnmappedMemberHandling unknown)
    {
        JsonSerializerOptions options = new()
        {
            IgnoreReadOnlyProperties = true,

            // Nothing here is ever shown in a page.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            UnmappedMemberHandling = unknown,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOutInitial } },
            Converters =
            {
                new UInt128Converter(),
                new TransactionIdConverter(),
                new AccountAddressConverter(),
                new ExactStringConverter(),
                new ImmutableArrayConverterFactory(),
                new ParticipantConverter(participants),
            },
        };
        options.MakeReadOnly();
        return options;
    }

    private static void LeaveOutInitial(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
        {
            return;
        }

        object? blank = type.Type.GetConstructor(Type.EmptyTypes) is { } constructor ? constructor.Invoke(null) : null;
        foreach (JsonPropertyInfo property in type.Properties.Where(property => property.Get is not null && !property.IsRequired))
        {
            object? initial = blank is not null ? property.Get!(blank) : Default(property);
            property.ShouldSerialize = (_, value) => !Equals(value, initial);
        }
    }

    /// <summary>What a constructor's parameter is when it is not given.</summary>
    private static object? Default(JsonPropertyInfo property)
    {
        if (property.AssociatedParameter is { HasDefaultValue: true } parameter)
        {
            return parameter.DefaultValue;
        }

        return property.PropertyType.IsValueType ? Activator.CreateInstance(property.PropertyType) : null;
    }
}
