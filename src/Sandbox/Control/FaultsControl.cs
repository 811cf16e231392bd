using System.Text.Json.Nodes;
using Florin.Sandbox.Clock;
using Florin.Sandbox.Faults;

namespace Florin.Sandbox.Control;

/// <summary><c>/_sandbox/faults</c>.</summary>
internal static class FaultsControl
{
    private const int NameCharacters = 100;

    private static readonly string[] Numbers = ["count", "skip", "delay_ms", "seconds", "amount_delta"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/_sandbox/faults", AddAsync);
        routes.MapGet("/_sandbox/faults", List);
        routes.MapDelete("/_sandbox/faults", Clear);
    }

    private static async Task<IResult> AddAsync(HttpRequest request, FaultPlan plan, IEnumerable<SandboxProvider> providers)
    {
        if (await ControlRequest.ReadAsync(request) is not { } body)
        {
            return ControlRequest.NotJson();
        }

        var fault = Read(body, plan, providers, out var problem);
        if (fault is null)
        {
            return ControlRequest.Problem(400, "invalid_fault", problem!);
        }

        return plan.TryAdd(fault)
            ? ControlRequest.Answer(Show(fault, 0), 201)
            : ControlRequest.Problem(409, "too_many_faults", $"At most {Limits.Faults} faults can wait; delete them first.");
    }

    private static Fault? Read(JsonObject body, FaultPlan plan, IEnumerable<SandboxProvider> providers, out string? problem)
    {
        var provider = body.Text("provider") ?? "stripe";
        var operation = body.Text("operation") ?? Fault.AnyOperation;
        var known = providers.FirstOrDefault(candidate => candidate.Name == provider);
        problem = known is null ? $"There is no provider {Cut(provider)}."
            : !FaultKinds.Names.TryGetValue(body.Text("fault") ?? string.Empty, out _)
                ? $"fault must be one of {string.Join(", ", FaultKinds.Names.Keys.Order())}."
            : operation is not (Fault.AnyOperation or Fault.WebhookOperation) && !known.Operations.Contains(operation)
                ? $"operation must be *, webhook or one of {string.Join(", ", known.Operations.Order())}."
            : Array.Find(Numbers, name => !body.IsWholeOrMissing(name)) is { } wrong ? $"{wrong} must be a whole number."
            : body.Number("count") is < 0 or > Limits.FaultCount || body.Number("skip") is < 0 or > Limits.FaultCount
                ? $"count and skip must be from 0 to {Limits.FaultCount}."
            : body.Number("delay_ms") < 0 || body.Number("delay_ms") > Limits.FaultDelay.TotalMilliseconds
                ? $"delay_ms must be from 0 to {Limits.FaultDelay.TotalMilliseconds}."
            : body.Number("seconds") < 0 || body.Number("seconds") > Limits.Advance.TotalSeconds
                ? $"seconds must be from 0 to {Limits.Advance.TotalSeconds}."
            : body.Number("amount_delta") is < -99_999_999 or > 99_999_999
                ? "amount_delta has at most eight digits."
            : null;
        return problem is null ? Make(body, plan.NextId(), provider, operation) : null;
    }

    private static Fault Make(JsonObject body, string id, string provider, string operation)
    {
        var fault = new Fault(id, provider, operation, FaultKinds.Names[body.Text("fault")!])
        {
            Skip = checked((int)body.Number("skip")),
            Currency = body.Text("currency"),
            EventType = body.Text("event_type"),
        };
        return fault with
        {
            Count = body["count"] is null ? fault.Count : checked((int)body.Number("count")),
            Delay = body["delay_ms"] is null ? fault.Delay : TimeSpan.FromMilliseconds(body.Number("delay_ms")),
            Duration = body["seconds"] is null ? fault.Duration : TimeSpan.FromSeconds(body.Number("seconds")),
            AmountDelta = body["amount_delta"] is null ? fault.AmountDelta : body.Number("amount_delta"),
        };
    }

    private static IResult List(FaultPlan plan) => ControlRequest.Answer(new JsonObject
    {
        ["data"] = new JsonArray([.. plan.List().Select(entry => Show(entry.Fault, entry.Struck))]),
    });

    private static IResult Clear(FaultPlan plan)
    {
        plan.Clear();
        return Results.NoContent();
    }

    private static JsonObject Show(Fault fault, int struck) => new()
    {
        ["id"] = fault.Id,
        ["provider"] = fault.Provider,
        ["operation"] = fault.Operation,
        ["fault"] = FaultKinds.Names.First(name => name.Value == fault.Kind).Key,
        ["count"] = fault.Count,
        ["struck"] = struck,
    };

    private static string Cut(string text) => text.Length <= NameCharacters ? text : text[..NameCharacters];
}
