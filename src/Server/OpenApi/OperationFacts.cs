using Florin.Identity;
using Florin.Server.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.OpenApi;

namespace Florin.Server.OpenApi;

/// <summary>What follows from an endpoint's metadata: who may call it, the idempotency key, and the problems that it can answer.</summary>
internal sealed class OperationFacts : IOpenApiOperationTransformer
{
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        IList<object> metadata = context.Description.ActionDescriptor.EndpointMetadata;
        operation.Responses ??= [];
        SortedSet<int> statuses = [400, 422, 500, 503];

        if (metadata.OfType<IAuthorizeData>().LastOrDefault() is { } authorize)
        {
            AddSecurity(operation, authorize.Policy, context.Document!);
            statuses.UnionWith([401, 403]);
        }

        if (metadata.OfType<IdempotencyKey.Required>().Any())
        {
            AddIdempotencyKey(operation);
            statuses.UnionWith([202, 409]);
        }

        foreach (QueryParameter query in metadata.OfType<QueryParameter>())
        {
            (operation.Parameters ??= []).Add(new OpenApiParameter
            {
                Name = query.Name,
                In = ParameterLocation.Query,
                Description = query.Meaning,
                Schema = new OpenApiSchema { Type = query.IsInteger ? JsonSchemaType.Integer : JsonSchemaType.String },
            });
        }

        if (metadata.OfType<EnableRateLimitingAttribute>().Any())
        {
            statuses.Add(429);
        }

        if (operation.RequestBody is not null)
        {
            statuses.UnionWith([413, 415]);
        }

        if (operation.Parameters?.Any(parameter => parameter.In == ParameterLocation.Path) == true)
        {
            statuses.Add(404);
        }

        statuses.UnionWith(metadata.OfType<AnswersProblem>().Select(answers => answers.Code.Status));
        foreach (int status in statuses)
        {
            operation.Responses.TryAdd(status.ToString(), Problem(status, metadata, context.Document!));
        }

        return Task.CompletedTask;
    }

    private static void AddSecurity(OpenApiOperation operation, string? policy, OpenApiDocument document)
    {
        bool isForUsers = policy == IdentityPolicies.User;
        OpenApiSecuritySchemeReference scheme = new(isForUsers ? DocumentFacts.UserScheme : DocumentFacts.ApiKeyScheme, document);
        List<string> scopes = isForUsers || policy is null ? [] : [policy];
        operation.Security = [new OpenApiSecurityRequirement { [scheme] = scopes }];
    }

    private static void AddIdempotencyKey(OpenApiOperation operation) => (operation.Parameters ??= []).Add(new OpenApiParameter
    {
        Name = IdempotencyKey.Header,
        In = ParameterLocation.Header,
        Required = true,
        Description = "1 to 255 visible ASCII characters. The same key and body again answer the same object, with Idempotent-Replayed: true.",
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = IdempotencyKey.LengthMax },
    });

    private static OpenApiResponse Problem(int status, IList<object> metadata, OpenApiDocument document)
    {
        string[] codes = [.. metadata.OfType<AnswersProblem>().Where(answers => answers.Code.Status == status).Select(answers => answers.Code.Code)];
        return new OpenApiResponse
        {
            Description = codes.Length > 0 ? "Codes: " + string.Join(", ", codes) : ProblemCode.ForStatus(status).Title,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [ProblemResult.MediaType] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(DocumentFacts.ProblemSchema, document) },
            },
        };
    }
}
