namespace Florin.Server.Http;

/// <summary>The <c>Idempotency-Key</c> header, mandatory on every request that moves money.</summary>
internal static class IdempotencyKey
{
    public const string Header = "Idempotency-Key";

    public const int LengthMax = 255;

    /// <summary>Marks an endpoint: a request without a good key is refused before the handler runs, and the API document names the header.</summary>
    public static RouteHandlerBuilder RequireIdempotencyKey(this RouteHandlerBuilder builder) => builder
        .WithMetadata(new Required())
        .AddEndpointFilter(static (context, next) =>
            Check(context.HttpContext) is { } problem ? ValueTask.FromResult<object?>(problem) : next(context));

    /// <summary>The key of a request that passed <see cref="RequireIdempotencyKey"/>.</summary>
    public static string Of(HttpContext context) => context.Request.Headers[Header].ToString();

    /// <summary>1 to 255 visible ASCII characters, once; anything else is refused.</summary>
    public static ProblemResult? Check(HttpContext context)
    {
        Microsoft.Extensions.Primitives.StringValues values = context.Request.Headers[Header];
        if (values.Count == 0 || (values.Count == 1 && string.IsNullOrWhiteSpace(values[0])))
        {
            return Problems.Of(ProblemCode.IdempotencyKeyMissing, "Requests that move money carry an Idempotency-Key header of 1 to 255 visible ASCII characters.");
        }

        return values.Count == 1 && IsGood(values[0]!)
            ? null
            : Problems.Of(ProblemCode.IdempotencyKeyInvalid, "Idempotency-Key is one value of 1 to 255 visible ASCII characters.");
    }

    /// <summary>The key of a request that carries it in a field of its message.</summary>
    public static ProblemResult? Check(string key, string field)
    {
        ProblemCode? code = string.IsNullOrWhiteSpace(key) ? ProblemCode.IdempotencyKeyMissing : IsGood(key) ? null : ProblemCode.IdempotencyKeyInvalid;
        return code is null ? null : Problems.Field(field, "is required, and has 1 to 255 visible ASCII characters", code);
    }

    private static bool IsGood(string key) => key.Length is > 0 and <= LengthMax && !key.AsSpan().ContainsAnyExceptInRange('!', '~');

    /// <summary>Endpoint metadata: the key is required.</summary>
    internal sealed class Required;
}
