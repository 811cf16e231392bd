namespace Florin.Server.Endpoints;

/// <summary>One page of a list.</summary>
/// <param name="NextCursor">Sent as <c>cursor</c> it gives the next page; <see langword="null"/>, and written as null, at the end.</param>
internal sealed record ListResponse<T>(
    IReadOnlyList<T> Data,
    [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.Never)] string? NextCursor);
