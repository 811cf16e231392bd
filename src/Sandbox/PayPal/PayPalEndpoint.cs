using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Florin.Sandbox.Faults;
using Florin.Sandbox.State;

namespace Florin.Sandbox.PayPal;

/// <summary>The way of a request: certificate or token, route, fault, body, request id, work, answer.</summary>
internal sealed class PayPalEndpoint(
    PayPalWorld paypal, FaultPlan faults, SandboxOptions options, SandboxIds ids, RequestIds requestIds, HeldConnections held, TimeProvider timeProvider)
{
    private const string Provider = PayPalWorld.ProviderName;
    private const string MockHeader = "PayPal-Mock-Response";
    private const int DebugIdCharacters = 13;

    public async Task HandleAsync(HttpContext http)
    {
        // What follows /paypal is the path that PayPal knows.
        var path = http.Request.Path.Value!["/paypal".Length..];
        var debugId = ids.Text(DebugIdCharacters).ToLowerInvariant();
        http.Response.Headers["Paypal-Debug-Id"] = debugId;
        if (path.StartsWith(SigningCertificate.Path, StringComparison.Ordinal))
        {
            await WriteTextAsync(http, 200, "application/x-pem-file", paypal.Signing.ChainPem());
            return;
        }

        var isToken = path == AccessTokens.Path && http.Request.Method == HttpMethods.Post;
        var authorization = http.Request.Headers.Authorization.ToString();
        if (!isToken && !paypal.Execute(null, session => AccessTokens.IsGood(session.Unit, authorization)))
        {
            await WriteAsync(http, debugId, PayPalAnswer.Error(401), null);
            return;
        }

        if (path == SignatureCheck.Path && http.Request.Method == HttpMethods.Post)
        {
            var asked = await ReadAsync(http.Request);
            await WriteAsync(http, debugId, paypal.Execute(null, session => SignatureCheck.Answer(session, paypal.Signing, asked)), null);
            return;
        }

        var route = PayPalRoutes.Find(http.Request.Method, path, out var pathIds);
        if (route is null && !isToken)
        {
            await WriteAsync(http, debugId, PayPalAnswer.Error(404), null);
            return;
        }

        var fault = faults.TakeForRequest(Provider, isToken ? PayPalRoutes.TokenOperation : route!.Operation);
        if (await StrikeBeforeAsync(http, debugId, fault))
        {
            return;
        }

        var text = await ReadAsync(http.Request);
        if (isToken)
        {
            var given = fault?.Kind == FaultKind.Error500 ? PayPalAnswer.ServerError() : Give(authorization, text);
            await WriteAsync(http, debugId, given, fault);
            return;
        }

        if (RefuseForm(http.Request, route!, text, out var body) is { } refused)
        {
            await WriteAsync(http, debugId, refused, fault);
            return;
        }

        await RunAsync(http, new Request(route!, path, pathIds, body, http.Request.Headers[RequestIds.Header].ToString(), debugId, fault));
    }

    private PayPalAnswer Give(string authorization, string form) => paypal.Execute(null, session =>
    {
        var answer = AccessTokens.Give(session, authorization, form, options.PayPalClient);
        session.Unit.Commit();
        return answer;
    });

    /// <summary>Refuses a body that is no JSON object, and a request id that is missing or too long; answers for the mock header.</summary>
    private static PayPalAnswer? RefuseForm(HttpRequest request, PayPalRoute route, string text, out JsonObject body)
    {
        body = [];
        if (request.Method is "POST" or "PATCH" && !IsJson(request) && !IsMultipart(request))
        {
            return PayPalAnswer.Error(415);
        }

        if (text.Length > 0 && !TryParse(IsMultipart(request) ? InputPart(text) : text, out body))
        {
            return PayPalAnswer.Issue("MALFORMED_REQUEST_JSON");
        }

        var requestId = request.Headers[RequestIds.Header].ToString();
        if (route.RequestId == RequestIdRule.Orders && requestId.Length > RequestIds.CharactersMax)
        {
            return PayPalAnswer.Issue("INVALID_PARAMETER_LENGTH", RequestIds.Header);
        }

        if (route.RequestId == RequestIdRule.Vault && requestId.Length == 0)
        {
            return PayPalAnswer.Issue("MISSING_REQUIRED_PARAMETER", RequestIds.Header);
        }

        // Case-sensitive, and only issues that PayPal documents; source: developer.paypal.com negative testing.
        return route.TakesMock
            && request.Headers[MockHeader].ToString() is { Length: > 0 } mock
            && TryParse(mock, out var asked)
            && asked.Text("mock_application_codes") is { } issue
            && PayPalIssues.IsKnown(issue)
            ? PayPalAnswer.Issue(issue)
            : null;
    }

    private async Task RunAsync(HttpContext http, Request request)
    {
        var key = request.Route.RequestId != RequestIdRule.None && request.RequestId.Length > 0
            ? RequestIds.KeyOf(request.Route, request.Path, request.RequestId)
            : null;
        if (key is not null && !requestIds.TryEnter(key))
        {
            await WriteAsync(http, request.DebugId, PayPalAnswer.Issue("PREVIOUS_REQUEST_IN_PROGRESS"), null);
            return;
        }

        PayPalAnswer answer;
        try
        {
            if (request.Fault is { Kind: FaultKind.Slow } slow)
            {
                await Task.Delay(slow.Delay, timeProvider, http.RequestAborted);
            }

            var query = http.Request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
            answer = paypal.Execute(new RequestOrigin(request.DebugId, key), session => Execute(session, request, key, query));
        }
        finally
        {
            if (key is not null)
            {
                requestIds.Leave(key);
            }
        }

        // GETs show all; a request that made something shows little unless it asked for more. Only orders and payments have the header.
        var isMinimal = answer is { IsSuccess: true, Body: not null } && request.Route.TakesMock && request.Route.Method == "POST"
            && !http.Request.Headers["Prefer"].ToString().Contains("return=representation", StringComparison.Ordinal);
        await WriteAsync(http, request.DebugId, isMinimal ? Minimal(request.Route, answer) : answer, request.Fault);
    }

    private static PayPalAnswer Minimal(PayPalRoute route, PayPalAnswer answer) =>
        route.Operation == Authorizations.VoidOperation ? PayPalAnswer.NoContent() : answer with { Body = PayPalViews.Minimal(answer.Body!) };

    /// <summary>Under the world's lock: what an earlier request made, or the work and its answer.</summary>
    private PayPalAnswer Execute(PayPalSession session, Request request, string? key, IReadOnlyDictionary<string, string> query)
    {
        var unit = session.Unit;
        if (request.Fault?.Kind == FaultKind.Error500)
        {
            return PayPalAnswer.ServerError();
        }

        if (key is not null && RequestIds.Find(unit, request.Route, key) is { } earlier)
        {
            return PayPalAnswer.Ok(PayPalViews.Of(session, earlier));
        }

        if (unit.IsFull && request.Route.Method == "POST")
        {
            return PayPalAnswer.ServerError(503);
        }

        var isMismatch = request.Fault?.Kind == FaultKind.AmountMismatch;
        var isWrite = request.Route.Method == "POST";
        if (isMismatch && isWrite)
        {
            PayPalMismatch.Alter(request.Body, request.Fault!);
        }

        var hidden = faults.HidesYoungerThan(Provider, request.Route.Operation);
        var visibleUntil = hidden == TimeSpan.Zero ? long.MaxValue : (unit.Now - hidden).ToUnixTimeMilliseconds();
        var answer = request.Route.Handler(new PayPalCall(session, request.Ids, request.Body, query, visibleUntil));
        if (!answer.IsSuccess)
        {
            unit.Discard();
            return answer;
        }

        if (key is not null && answer.Subject is { } subject)
        {
            RequestIds.Remember(unit, key, subject);
        }

        unit.Commit();
        if (isMismatch && !isWrite && answer.Body is { } shown)
        {
            PayPalMismatch.Alter(shown, request.Fault!);
        }

        return request.Fault?.Kind == FaultKind.Error500AfterEffect ? PayPalAnswer.ServerError() : answer;
    }

    /// <summary>Faults that keep the work from being done.</summary>
    private async Task<bool> StrikeBeforeAsync(HttpContext http, string debugId, Fault? fault)
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
                await WriteAsync(http, debugId, PayPalAnswer.Error(429), null);
                return true;
            case FaultKind.Error503:
                await WriteAsync(http, debugId, PayPalAnswer.ServerError(503), null);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Sends the answer, or what a fault makes of it.</summary>
    private async Task WriteAsync(HttpContext http, string debugId, PayPalAnswer answer, Fault? fault)
    {
        if (answer is { IsSuccess: false, Body: { } error } && error["name"] is not null)
        {
            error["debug_id"] = debugId;
        }

        var (status, text) = (answer.Status, answer.Body?.ToText() ?? string.Empty);
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

        await WriteTextAsync(http, status, "application/json", text);
    }

    private static async Task WriteTextAsync(HttpContext http, int status, string type, string text)
    {
        http.Response.StatusCode = status;
        if (status == 204)
        {
            return;
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        http.Response.ContentType = type;
        http.Response.ContentLength = bytes.Length;
        await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
    }

    private static async Task<string> ReadAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        return await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
    }

    private static bool IsJson(HttpRequest request) => request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) == true;

    private static bool IsMultipart(HttpRequest request) => request.ContentType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>The part named <c>input</c> of a multipart body, which is the only one that this sandbox reads.</summary>
    private static string InputPart(string text)
    {
        var named = text.IndexOf("name=\"input\"", StringComparison.Ordinal);
        var start = named < 0 ? -1 : text.IndexOf("\r\n\r\n", named, StringComparison.Ordinal);
        var end = start < 0 ? -1 : text.IndexOf("\r\n--", start, StringComparison.Ordinal);
        return end < 0 ? "?" : text[(start + 4)..end];
    }

    private static bool TryParse(string text, out JsonObject body)
    {
        body = [];
        try
        {
            if (JsonNode.Parse(text) is not JsonObject parsed)
            {
                return false;
            }

            body = parsed;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private sealed record Request(
        PayPalRoute Route, string Path, IReadOnlyList<string> Ids, JsonObject Body, string RequestId, string DebugId, Fault? Fault);
}
