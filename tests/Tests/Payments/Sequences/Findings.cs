using System.Globalization;

namespace Florin.Tests.Payments.Sequences;

/// <summary>What a judge holds against the product, each with the sequence that shows it.</summary>
internal sealed class Findings
{
    private readonly List<(int Seed, string Text)> _found = [];

    public IReadOnlyList<(int Seed, string Text)> Found => _found;

    /// <param name="holds">Whether all is well.</param>
    /// <param name="invariant">V1 to V12.</param>
    /// <param name="seed">0 when it belongs to no sequence in particular.</param>
    public void Demand(bool holds, string invariant, int seed, FormattableString text)
    {
        if (!holds)
        {
            _found.Add((seed, $"{invariant} {(seed == 0 ? "" : $"seed {seed}: ")}{text.ToString(CultureInfo.InvariantCulture)}"));
        }
    }
}
