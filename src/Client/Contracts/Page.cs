namespace Florin.Client;

/// <summary>One page of a list.</summary>
/// <param name="Data">In the order of the list.</param>
/// <param name="NextCursor">Gives the next page; <see langword="null"/> at the end.</param>
public sealed record Page<T>(IReadOnlyList<T> Data, string? NextCursor);
