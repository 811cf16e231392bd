using Florin.Ledger;

namespace Florin.Server.Http;

/// <summary>Gives every request an id: the caller's <c>X-Request-Id</c> when it is harmless, else a new one. It is sent back and logged.</summary>
internal sealed class RequestIds(RequestDelegate next, IdSource ids)
{
    public const string Header = "X-Request-Id";

    public const int LengthMax = 64;

    public Task InvokeAsync(HttpContext context)
    {
        string? given = context.Request.Headers[Header];
        context.TraceIdentifier = given is not null && IsHarmless(given) ? given : ids.NextId().ToString("n");
        context.Response.Headers[Header] = context.TraceIdentifier;
        return next(context);
    }

    public static string Of(HttpContext context) => context.TraceIdentifier;

    /// <summary>Letters, digits, dot, dash and underscore: nothing that could forge a line of the log. And no card number.</summary>
    public static bool IsHarmless(string text) =>
        text.Length is > 0 and <= LengthMax
        && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_')
        && !CardNumbers.Contains(text);
}
