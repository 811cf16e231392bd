using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Florin.Server.OpenApi;

/// <summary>What is true of the whole document: title, how callers authenticate, and the problem document.</summary>
internal sealed class DocumentFacts : IOpenApiDocumentTransformer
{
    public const string UserScheme = "user";
    public const string ApiKeyScheme = "api_key";
    public const string ProblemSchema = "Problem";

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Florin",
            Version = "1",
            Description = "A self-hosted system of record for money that moves. JSON in snake_case; amounts are decimal strings in major units; "
                + "errors are RFC 9457 problem documents with a stable code; every request that moves money carries an Idempotency-Key.",
            License = new OpenApiLicense { Name = "Apache-2.0", Identifier = "Apache-2.0" },
        };

        // The address is the caller's business, and would make the document differ from host to host.
        document.Servers?.Clear();
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [UserScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT", Description = "The access token of a user, from POST /auth/login.",
            },
            [ApiKeyScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "flk_…", Description = "The API key of a server or operator, with scopes.",
            },
        };
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        document.Components.Schemas[ProblemSchema] = Problem();
        return Task.CompletedTask;
    }

    private static OpenApiSchema Problem()
    {
        OpenApiSchema text = new() { Type = JsonSchemaType.String };
        return new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "RFC 9457. Further members are possible.",
            Required = new HashSet<string> { "type", "title", "status", "detail", "code", "request_id" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["type"] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uri" },
                ["title"] = text,
                ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
                ["detail"] = text,
                ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "Stable; programs decide by it." },
                ["request_id"] = text,
                ["errors"] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Description = "Field or parameter → what is wrong with it.",
                    AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = text },
                },
            },
        };
    }
}
