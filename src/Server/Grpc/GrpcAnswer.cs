using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Florin.Server.Grpc.Rpc;
using Florin.Server.Http;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Florin.Server.Grpc;

/// <summary>How a unary call is answered: a message with status OK, or a status with its details and no message.</summary>
internal static class GrpcAnswer
{
    /// <summary>The domain of <c>ErrorInfo.reason</c>: the codes of the REST API in upper case.</summary>
    public const string ErrorDomain = "florin";

    private const string StatusTrailer = "grpc-status";
    private const string MessageTrailer = "grpc-message";
    private const string DetailsTrailer = "grpc-status-details-bin";
    private const string OkText = "0";

    /// <summary>The HTTP status that the same answer has in the REST API, for the access log and the metrics: every gRPC answer is a 200 on the wire.</summary>
    public sealed record RestStatus(int Status);

    public static IResult Of(IMessage message) => new MessageResult(message);

    /// <summary>Writes what a problem document says as a gRPC status: code, message, and in its details the stable code and what is wrong with each field.</summary>
    public static Task WriteAsync(HttpContext context, ProblemResult problem) =>
        WriteAsync(context, GrpcCodes.Of(problem.Code, context.GetEndpoint() is not null), problem);

    /// <summary>As <see cref="WriteAsync(HttpContext, ProblemResult)"/>, under a code that the problem's does not tell.</summary>
    public static Task WriteAsync(HttpContext context, GrpcCode code, ProblemResult problem)
    {
        string text = problem.Detail ?? problem.Code.Title + ".";
        Status status = new() { Code = (int)code, Message = text };
        ErrorInfo info = new() { Reason = problem.Code.Code.ToUpperInvariant(), Domain = ErrorDomain };
        info.Metadata["request_id"] = RequestIds.Of(context);
        foreach ((string name, object? value) in problem.Extensions ?? new Dictionary<string, object?>())
        {
            info.Metadata[name] = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        }

        status.Details.Add(Any.Pack(info));
        if (problem.Errors is { } errors)
        {
            BadRequest violations = new();
            violations.FieldViolations.AddRange(errors.SelectMany(field => field.Value, (field, error) => new BadRequest.Types.FieldViolation
            {
                Field = field.Key,
                Description = error,
            }));
            status.Details.Add(Any.Pack(violations));
        }

        if (problem.RetryAfterSeconds is { } seconds)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(TimeSpan.FromSeconds(seconds)) }));
        }

        HttpResponse response = context.Response;
        context.Features.Set(new RestStatus(problem.Code.Status));
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = GrpcRequest.MediaType;
        response.Headers[StatusTrailer] = ((int)code).ToString(CultureInfo.InvariantCulture);
        response.Headers[MessageTrailer] = PercentEncode(text);
        response.Headers[DetailsTrailer] = Convert.ToBase64String(status.ToByteArray());
        return response.CompleteAsync();
    }

    /// <summary>Printable ASCII but the percent sign stays; every other byte of the UTF-8 text is written as %XX.</summary>
    private static string PercentEncode(string text)
    {
        StringBuilder encoded = new(text.Length);
        foreach (byte octet in Encoding.UTF8.GetBytes(text))
        {
            _ = octet is >= (byte)' ' and <= (byte)'~' and not (byte)'%'
                ? encoded.Append((char)octet)
                : encoded.Append('%').Append(octet.ToString("X2", CultureInfo.InvariantCulture));
        }

        return encoded.ToString();
    }

    private sealed class MessageResult(IMessage message) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            HttpResponse response = httpContext.Response;
            byte[] frame = new byte[GrpcRequest.PrefixBytes + message.CalculateSize()];
            BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)(frame.Length - GrpcRequest.PrefixBytes));
            message.WriteTo(frame.AsSpan(GrpcRequest.PrefixBytes));
            response.StatusCode = StatusCodes.Status200OK;
            response.ContentType = GrpcRequest.MediaType;
            response.Headers.CacheControl = "no-store";
            response.AppendTrailer(StatusTrailer, OkText);
            await response.Body.WriteAsync(frame, httpContext.RequestAborted);
        }
    }
}
