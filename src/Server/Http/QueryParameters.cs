namespace Florin.Server.Http;

/// <summary>Endpoint metadata for the API document: a query parameter.</summary>
internal sealed record QueryParameter(string Name, string Meaning, bool IsInteger = false);

internal static class QueryParameterExtensions
{
    /// <summary>Names a query parameter for the API document.</summary>
    public static RouteHandlerBuilder TakesQuery(this RouteHandlerBuilder builder, string name, string meaning) =>
        builder.WithMetadata(new QueryParameter(name, meaning));

    /// <summary>Names <c>limit</c> and <c>cursor</c>.</summary>
    public static RouteHandlerBuilder TakesPage(this RouteHandlerBuilder builder) => builder.WithMetadata(
        new QueryParameter("limit", $"1 to {RequestQuery.LimitMax}; {RequestQuery.LimitDefault} when absent", IsInteger: true),
        new QueryParameter("cursor", "next_cursor of the page before"));
}
