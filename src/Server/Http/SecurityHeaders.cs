namespace Florin.Server.Http;

/// <summary>Headers that keep browsers from doing more with an answer than reading it.</summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    private const string DocsPath = "/docs";

    /// <summary>The documentation page is the only one with scripts and styles; they come from this server.</summary>
    private const string DocsPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext context)
    {
        Set(context.Response.Headers);
        if (context.Request.Path.StartsWithSegments(DocsPath, StringComparison.Ordinal))
        {
            context.Response.Headers.ContentSecurityPolicy = DocsPolicy;
        }

        return next(context);
    }

    public static void Set(IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
    }
}
