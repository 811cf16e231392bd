using System.Collections.Frozen;
using Florin.Ledger;
using Florin.Providers;

namespace Florin.Payments.Charging;

/// <summary>The acquirers that are configured, by name.</summary>
internal sealed class AcquirerSet(IEnumerable<IAcquirer> acquirers)
{
    private readonly FrozenDictionary<string, IAcquirer> _byName = acquirers.ToFrozenDictionary(acquirer => acquirer.Name, StringComparer.Ordinal);

    /// <exception cref="KeyNotFoundException">A payment's acquirer is not configured any more: the operator's mistake.</exception>
    public IAcquirer Of(string name) => _byName[name];

    /// <exception cref="InvariantException">Its payers cannot approve anything, so that no payment waits for that: a bug of ours.</exception>
    public IApprovalAcquirer ApprovalOf(string name) =>
        Of(name) as IApprovalAcquirer ?? throw new InvariantException($"Payers approve nothing at {name}.");
}
