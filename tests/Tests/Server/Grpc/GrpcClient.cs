using System.Text.Json;
using Florin.Server.Grpc.Rpc;
using Florin.Server.Grpc.V1;
using Florin.Tests.Architecture;
using Florin.Tests.Support;
using Google.Protobuf;

namespace Florin.Tests.Server.Grpc;

/// <summary>A call to make with an official client.</summary>
/// <param name="Deadline">The client gives up after it and tells the server; <see langword="null"/> for none.</param>
internal sealed record GrpcTestCall(string Method, object Request, string? Token, TimeSpan? Deadline = null);

/// <summary>What an official client made of the answer.</summary>
/// <param name="Code">The number of the gRPC status.</param>
internal sealed record GrpcTestAnswer(int Code, string Message, JsonElement Response, Status Details)
{
    /// <summary>The stable code of the refusal, from <c>ErrorInfo</c>.</summary>
    public string? Reason => Details.Details.Where(detail => detail.Is(ErrorInfo.Descriptor)).Select(detail => detail.Unpack<ErrorInfo>().Reason).SingleOrDefault();

    public IEnumerable<string> WrongFields => Details.Details.Where(detail => detail.Is(BadRequest.Descriptor))
        .SelectMany(detail => detail.Unpack<BadRequest>().FieldViolations).Select(violation => violation.Field);

    public bool SaysWhenToRetry => Details.Details.Any(detail => detail.Is(RetryInfo.Descriptor));

    public string Id => Response.GetProperty("transaction_id").GetString()!;

    /// <summary>Of a charge or of a status.</summary>
    public string State => Status.GetProperty("state").GetString()!;

    public JsonElement Status => Response.TryGetProperty("status", out JsonElement status) ? status : Response;

    public bool IsReplayed => Response.GetProperty("replayed").GetBoolean();

    public override string ToString() => $"{Code} {Reason} {Message} {Response}";
}

/// <summary>Makes calls with the official clients, which know the service by its proto file alone.</summary>
internal sealed class GrpcClient
{
    public const string Node = "@grpc/grpc-js";
    public const string Python = "grpcio";

    private readonly string _program;
    private readonly string _script;
    private readonly Dictionary<string, string> _environment;
    private readonly string _target;

    private GrpcClient(string program, string script, Dictionary<string, string> environment, string target) =>
        (_program, _script, _environment, _target) = (program, script, environment, target);

    public static async Task<GrpcClient> CreateAsync(string library, ServerProcess server)
    {
        string target = new Uri(server.Dev.GetProperty("grpc_url").GetString()!).Authority;
        return library == Node
            ? new GrpcClient("node", Script("client.cjs"), new() { ["NODE_PATH"] = await OutsideTool.NodePackagesAsync("@grpc/grpc-js@1.14.7", "@grpc/proto-loader@0.8.1") }, target)
            : new GrpcClient(await OutsideTool.PythonAsync("grpc", "python3-grpcio"), Script("client.py"), [], target);
    }

    public async Task<GrpcTestAnswer> CallAsync(string method, object request, string? token, TimeSpan? deadline = null) =>
        (await CallAsync([new GrpcTestCall(method, request, token, deadline)])).Single();

    /// <summary>All at the same time; answers in the order of the calls.</summary>
    public async Task<IReadOnlyList<GrpcTestAnswer>> CallAsync(IReadOnlyList<GrpcTestCall> calls)
    {
        string job = JsonSerializer.Serialize(new
        {
            target = _target,
            proto = Path.Combine(Repository.Root, "openapi", "proto", "florin", "v1", "payments.proto"),
            descriptor = PaymentsReflection.Descriptor.SerializedData.ToBase64(),
            calls = calls.Select(call => new
            {
                method = call.Method,
                request = call.Request,
                metadata = call.Token is null ? [] : new Dictionary<string, string> { ["authorization"] = $"Bearer {call.Token}" },
                deadline_ms = (long?)call.Deadline?.TotalMilliseconds,
            }),
        });
        string output = await OutsideTool.RunAsync(_program, [_script], job, _environment);
        return [.. JsonSerializer.Deserialize<JsonElement>(output).EnumerateArray().Select(answer => new GrpcTestAnswer(
            answer.GetProperty("code").GetInt32(),
            answer.GetProperty("message").GetString() ?? "",
            answer.GetProperty("response"),
            Status.Parser.ParseFrom(ByteString.FromBase64(answer.GetProperty("details").GetString()))))];
    }

    private static string Script(string name) => Path.Combine(Repository.Root, "tests", "Tests", "Server", "Grpc", name);
}
