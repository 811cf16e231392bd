using System.Collections.Frozen;
using Florin.Providers;

namespace Florin.Payments.Settlement;

/// <summary>The providers that tell what they settle, by name.</summary>
internal sealed class SettlementSources(IEnumerable<ISettlementSource> sources)
{
    private readonly FrozenDictionary<string, ISettlementSource> _byName = sources.ToFrozenDictionary(source => source.Name, StringComparer.Ordinal);

    public IEnumerable<ISettlementSource> All => _byName.Values;

    public ISettlementSource? Find(string name) => _byName.GetValueOrDefault(name);

    /// <exception cref="KeyNotFoundException">A settlement's provider is not configured any more: the operator's mistake.</exception>
    public ISettlementSource Of(string name) => _byName[name];
}
