using Microsoft.OpenApi;

namespace Florin.Server.OpenApi;

/// <summary>The API document at <c>/openapi.json</c> and its page at <c>/docs</c>.</summary>
internal static class OpenApiSetup
{
    public const string DocumentName = "v1";
    public const string DocumentPath = "/openapi.json";

    public static void AddFlorinOpenApi(this IServiceCollection services) => services.AddOpenApi(DocumentName, options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer<DocumentFacts>();
        options.AddOperationTransformer<OperationFacts>();
    });

    public static void MapFlorinOpenApi(this IEndpointRouteBuilder routes) => routes.MapOpenApi(DocumentPath).ExcludeFromDescription();

    public static void UseFlorinDocs(this IApplicationBuilder app) => app.UseSwaggerUI(options =>
    {
        options.RoutePrefix = "docs";
        options.DocumentTitle = "Florin API";
        options.SwaggerEndpoint(DocumentPath, "Florin");
    });
}
