using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Florin.Server.Http;

namespace Florin.Server.Grpc;

/// <summary>The request of a unary gRPC call: how it is known, its message and its deadline (gRPC over HTTP/2).</summary>
internal static class GrpcRequest
{
    public const string MediaType = "application/grpc";

    /// <summary>Where all services of this server are.</summary>
    public const string PathPrefix = "/florin.v1.";

    /// <summary>The framework's own default is 4 MiB; nothing of this API is longer than a REST body.</summary>
    public const int MessageBytesMax = RequestBody.BytesMax;

    /// <summary>One byte for compression, four for the length.</summary>
    public const int PrefixBytes = 5;

    private const string TimeoutHeader = "grpc-timeout";
    private const int TimeoutDigitsMax = 8;

    /// <summary>The longest deadline that is kept; a longer one is none.</summary>
    private static readonly TimeSpan TimeoutMax = TimeSpan.FromDays(1);

    /// <summary>Whether the caller speaks gRPC, and so has every answer, refusals too, as a gRPC status.</summary>
    public static bool IsGrpc(HttpRequest request) =>
        HttpProtocol.IsHttp2(request.Protocol) && request.ContentType is { } type && type.StartsWith(MediaType, StringComparison.OrdinalIgnoreCase)
        && (type.Length == MediaType.Length || type[MediaType.Length] is '+' or ';' or ' ')
        && !type.StartsWith(MediaType + "+json", StringComparison.OrdinalIgnoreCase);

    /// <returns><see langword="null"/> without a deadline.</returns>
    /// <param name="isGood"><see langword="false"/> when the header is not 1 to 8 digits and a unit.</param>
    public static TimeSpan? Timeout(HttpRequest request, out bool isGood)
    {
        string text = request.Headers[TimeoutHeader].ToString();
        isGood = true;
        if (text.Length == 0)
        {
            return null;
        }

        long? ticksPerUnit = text[^1] switch
        {
            'H' => TimeSpan.TicksPerHour,
            'M' => TimeSpan.TicksPerMinute,
            'S' => TimeSpan.TicksPerSecond,
            'm' => TimeSpan.TicksPerMillisecond,
            'u' => TimeSpan.TicksPerMicrosecond,
            'n' => 0,
            _ => null,
        };
        isGood = ticksPerUnit is not null && text.Length - 1 is > 0 and <= TimeoutDigitsMax
            && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out _);
        if (!isGood)
        {
            return null;
        }

        long count = int.Parse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture);
        long ticks = ticksPerUnit == 0 ? count / TimeSpan.NanosecondsPerTick : count * ticksPerUnit!.Value;
        return ticks >= TimeoutMax.Ticks ? null : new TimeSpan(ticks);
    }

    /// <summary>Reads the one message of the call, and looks for card numbers in it before anything else does.</summary>
    /// <returns>The message, or why it is refused.</returns>
    public static async ValueTask<(T? Message, ProblemResult? Refusal)> ReadAsync<T>(HttpContext context, MessageParser<T> parser, CancellationToken cancellationToken)
        where T : class, IMessage<T>
    {
        if (await BoundedBody.ReadAsync(context.Request, PrefixBytes + MessageBytesMax, cancellationToken) is not { } frame)
        {
            return (null, Problems.Of(ProblemCode.PayloadTooLarge, $"A message is limited to {MessageBytesMax} bytes."));
        }

        if (frame.Length < PrefixBytes)
        {
            return (null, Problems.Of(ProblemCode.BadRequest, "A unary call has one message."));
        }

        if (frame[0] != 0)
        {
            // A packed message could not be looked into by what stands in between, and none of this API is worth packing.
            return (null, Problems.Of(ProblemCode.UnsupportedMediaType, "Compressed messages are not supported."));
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(1));
        return frame.Length != PrefixBytes + length
            ? (null, Problems.Of(ProblemCode.BadRequest, "A unary call has one whole message."))
            : Parse(parser, frame.AsMemory(PrefixBytes, (int)length));
    }

    private static (T? Message, ProblemResult? Refusal) Parse<T>(MessageParser<T> parser, ReadOnlyMemory<byte> bytes)
        where T : class, IMessage<T>
    {
        T message;
        try
        {
            message = parser.ParseFrom(bytes.Span);
        }
        catch (InvalidProtocolBufferException)
        {
            return (null, Problems.Of(ProblemCode.BadRequest, "The message is not a valid protocol buffer of its type."));
        }

        // Field by field, because a length in front of a text can look like one more digit; and the whole, for fields that nobody knows.
        bool hasCard = CardNumbers.Contains(bytes.Span) || message.Descriptor.Fields.InFieldNumberOrder()
            .Any(field => field is { FieldType: FieldType.String, IsRepeated: false } && CardNumbers.Contains((string)field.Accessor.GetValue(message)));
        return hasCard ? (null, Problems.Of(ProblemCode.CardNumberRefused, CardGuard.RefusalDetail)) : (message, null);
    }
}
