using System.Text.Json;

namespace Florin.Client;

/// <summary>A problem document of the server.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">Stable; <see cref="NoDocument"/> when the answer had none, such as one of a proxy.</param>
/// <param name="Title">The same words for every occurrence.</param>
/// <param name="Detail">What is wrong this time, for a developer.</param>
/// <param name="RequestId">Finds the request in the server's log.</param>
/// <param name="Errors">Field or parameter → what is wrong with it.</param>
/// <param name="RetryAfter">How long the server asks to wait; <see langword="null"/> when it does not say.</param>
/// <param name="Members">Every member of the document.</param>
public sealed record Problem(
    int Status,
    string Code,
    string Title,
    string Detail,
    string? RequestId,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Errors,
    TimeSpan? RetryAfter,
    IReadOnlyDictionary<string, JsonElement> Members)
{
    /// <summary>The code of an answer without a document.</summary>
    public const string NoDocument = "no_document";
}
