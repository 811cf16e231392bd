using System.Text.Json.Nodes;

namespace Florin.Sandbox.State;

/// <summary>One object that the provider knows. Never changed once it is committed: an edit is a new version under the same id.</summary>
/// <param name="Type">The provider's own type name (<c>payment_intent</c>), or a name with a leading underscore for the sandbox's book-keeping.</param>
/// <param name="Sequence">The order of creation; lists are sorted by it, because time stamps have only seconds.</param>
/// <param name="Body">What the wire shows.</param>
/// <param name="Hidden">What the wire never shows: account numbers, secrets, what a test token will do.</param>
internal sealed record StoredObject(string Type, string Id, long Sequence, JsonObject Body, JsonObject Hidden)
{
    public StoredObject Copy() => this with { Body = Body.Copy(), Hidden = Hidden.Copy() };
}
