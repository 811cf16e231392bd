using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Florin.Ledger;

/// <summary>Something that must be true is not: a bug of ours. The host stops taking writes and exits.</summary>
public sealed class InvariantException(string message) : Exception(message);

/// <summary>Assertions that stay on in Release.</summary>
public static class Invariant
{
    /// <exception cref="InvariantException"><paramref name="condition"/> is false.</exception>
    public static void Assert(
        [DoesNotReturnIf(false)] bool condition,
        [CallerArgumentExpression(nameof(condition))] string expression = "")
    {
        if (!condition)
        {
            Fail(expression);
        }
    }

    [DoesNotReturn]
    private static void Fail(string expression) => throw new InvariantException($"Invariant violated: {expression}");
}
