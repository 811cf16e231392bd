using System.Text;
using System.Text.Json.Nodes;
using Florin.Sandbox.Clock;
using Florin.Sandbox.Faults;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary>The way of a request: key, route, fault, parameters, idempotency, work, answer.</summary>
internal sealed class StripeEndpoint(
    World world, SandboxClock clock, FaultPlan faults, StripeContext context, IdempotencyKeys keys, HeldConnections held, TimeProvider timeProvider)
{
    private const string Provider = "stripe";
    private const string IdempotencyHeader = "Idempotency-Key";

    public async Task HandleAsync(HttpContext http)
    {
        // What follows /stripe is the path that Stripe knows.
        var path = http.Request.Path.Value!["/stripe".Length..];
        var requestId = context.Ids.Next("req");
        var key = http.Request.Headers[IdempotencyHeader].ToString();
        http.Response.Headers["Request-Id"] = requestId;
        http.Response.Headers["Stripe-Version"] = StripeSession.ApiVersion;
        if (key.Length > 0)
        {
            http.Response.Headers[IdempotencyHeader] = key;
        }

        if (StripeKey.Refuse(http.Request.Headers.Authorization.ToString(), context.Options.SecretKey) is { } unauthorized)
        {
            await WriteAsync(http, unauthorized.Status, unauthorized.Body.ToText(), null);
            return;
        }

        if (StripeRoutes.Find(http.Request.Method, path, out var ids) is not { } route)
        {
            var unknown = StripeAnswer.UnknownUrl(http.Request.Method, path);
            await WriteAsync(http, unknown.Status, unknown.Body.ToText(), null);
            return;
        }

        var fault = faults.TakeForRequest(Provider, route.Operation);
        if (await StrikeBeforeAsync(http, fault))
        {
            return;
        }

        var (parameters, problem) = await StripeRequest.ReadAsync(http.Request);
        if ((problem ?? route.RefuseUnknown(parameters)) is { } invalid)
        {
            await WriteAsync(http, invalid.Status, invalid.Body.ToText(), fault);
            return;
        }

        // Keys have an effect on POST only.
        var request = new Request(route, path, ids, parameters, requestId, http.Request.Method == HttpMethods.Post && key.Length > 0 ? key : null, fault);
        await RunAsync(http, request);
    }

    private async Task RunAsync(HttpContext http, Request request)
    {
        if (request.Key is { Length: > Limits.IdempotencyKeyCharacters })
        {
            var tooLong = StripeAnswer.Invalid($"Idempotency keys have up to {Limits.IdempotencyKeyCharacters} characters.");
            await WriteAsync(http, tooLong.Status, tooLong.Body.ToText(), null);
            return;
        }

        if (request.Key is not null && !keys.TryEnter(request.Key))
        {
            http.Response.Headers["Stripe-Should-Retry"] = "true";
            var message = $"There is currently another in-progress request using this Stripe-Idempotency-Key: {request.Key}. Please try again later.";
            await WriteAsync(
                http, 409, StripeAnswer.Error("invalid_request_error", message, "idempotency_key_in_use", null).ToText(), null);
            return;
        }

        RememberedAnswer answer;
        try
        {
            if (request.Fault is { Kind: FaultKind.Slow } slow)
            {
                await Task.Delay(slow.Delay, timeProvider, http.RequestAborted);
            }

            answer = world.Execute(clock.Now, new RequestOrigin(request.RequestId, request.Key), unit => Execute(unit, request));
        }
        finally
        {
            if (request.Key is not null)
            {
                keys.Leave(request.Key);
            }
        }

        if (answer.IsReplay)
        {
            http.Response.Headers["Idempotent-Replayed"] = "true";
            http.Response.Headers["Original-Request"] = answer.RequestId;
        }

        await WriteAsync(http, answer.Status, answer.Answer, request.Fault);
    }

    /// <summary>Under the world's lock: an earlier answer, or the work and its answer.</summary>
    private RememberedAnswer Execute(UnitOfWork unit, Request request)
    {
        var fingerprint = request.Key is null ? null : IdempotencyKeys.Fingerprint(request.Route.Method, request.Path, request.Parameters);
        if (request.Key is not null && IdempotencyKeys.Find(unit, request.Key, fingerprint!) is { } earlier)
        {
            return earlier;
        }

        var answer = request.Fault?.Kind == FaultKind.Error500 ? StripeAnswer.ServerError() : Work(unit, request);
        if (!answer.KeepsChanges)
        {
            unit.Discard();
        }

        if (request.Fault?.Kind == FaultKind.Error500AfterEffect && answer.IsRemembered)
        {
            answer = StripeAnswer.ServerError();
        }

        var text = answer.Body.ToText();
        if (request.Key is not null && answer.IsRemembered)
        {
            IdempotencyKeys.Remember(unit, request.Key, fingerprint!, answer.Status, text);
        }

        unit.Commit();
        return new RememberedAnswer(answer.Status, text, request.RequestId, IsReplay: false);
    }

    private StripeAnswer Work(UnitOfWork unit, Request request)
    {
        if (unit.IsFull && request.Route.Method == HttpMethods.Post)
        {
            return StripeAnswer.ServerError(503) with { Kind = AnswerKind.Invalid };
        }

        var parameters = request.Parameters;
        var isMismatch = request.Fault?.Kind == FaultKind.AmountMismatch;
        var isCreate = request.Route.Operation.EndsWith(".create", StringComparison.Ordinal);
        if (isMismatch && isCreate && new ParameterReader(parameters).Integer("amount") is { } amount)
        {
            parameters = parameters.Copy();
            parameters["amount"] = (amount + request.Fault!.AmountDelta).ToString();
            parameters["currency"] = request.Fault.Currency ?? parameters.Text("currency");
        }

        var hidden = faults.HidesYoungerThan(Provider, request.Route.Operation);
        var visibleUntil = hidden == TimeSpan.Zero ? long.MaxValue : (unit.Now - hidden).ToUnixTimeSeconds();
        var call = new StripeCall(new StripeSession(unit, context), request.Path, request.Ids, parameters, visibleUntil);
        var answer = request.Route.Handler(call);
        if (answer.Status == 200 && new ParameterReader(parameters).List("expand") is { Count: > 0 } expand)
        {
            answer = Expansion.Apply(answer, unit, expand);
        }

        if (isMismatch && !isCreate)
        {
            answer = answer with { Body = answer.Body.Copy() };
            AmountMismatch.Alter(answer.Body, request.Fault!);
        }

        return answer;
    }

    /// <summary>Faults that keep the work from being done.</summary>
    private async Task<bool> StrikeBeforeAsync(HttpContext http, Fault? fault)
    {
        switch (fault?.Kind)
        {
            case FaultKind.TimeoutBeforeEffect:
                await held.HoldAsync(http);
                return true;
            case FaultKind.ConnectionResetBeforeEffect:
                http.Abort();
                return true;
            case FaultKind.Error429:
                http.Response.Headers.RetryAfter = "1";
                http.Response.Headers["Stripe-Should-Retry"] = "true";
                await WriteAsync(http, 429, StripeAnswer.RateLimited().Body.ToText(), null);
                return true;
            case FaultKind.Error503:
                await WriteAsync(http, 503, StripeAnswer.ServerError(503).Body.ToText(), null);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Sends the answer, or what a fault makes of it.</summary>
    private async Task WriteAsync(HttpContext http, int status, string text, Fault? fault)
    {
        switch (fault?.Kind)
        {
            case FaultKind.TimeoutAfterEffect:
                faults.EffectDone(fault);
                await held.HoldAsync(http);
                return;
            case FaultKind.ConnectionReset:
                http.Abort();
                return;
            case FaultKind.MalformedBody:
                (status, text) = (200, text[..(text.Length / 2)]);
                break;
            case FaultKind.EmptyBody:
                (status, text) = (200, string.Empty);
                break;
            default:
                break;
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = bytes.Length;
        await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
    }

    private sealed record Request(
        StripeRoute Route, string Path, IReadOnlyList<string> Ids, JsonObject Parameters, string RequestId, string? Key, Fault? Fault);
}
