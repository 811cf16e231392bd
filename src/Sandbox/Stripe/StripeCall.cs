using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary>One request as its handler sees it.</summary>
/// <param name="PathIds">The ids in the path, in order.</param>
/// <param name="Parameters">The body of a POST or the query of a GET: hashes, lists and strings.</param>
/// <param name="VisibleUntil">Objects created after this second are not found by this read (fault <c>not_found_for</c>).</param>
internal sealed record StripeCall(
    StripeSession Session, string Path, IReadOnlyList<string> PathIds, JsonObject Parameters, long VisibleUntil)
{
    public string Id => PathIds[0];

    public UnitOfWork Unit => Session.Unit;

    public SandboxIds Ids => Session.Ids;

    public ParameterReader Read() => new(Parameters);

    public bool IsVisible(StoredObject stored) => stored.Body["created"] is null || stored.Body.Number("created") <= VisibleUntil;

    /// <summary>An object of a type, unless this read may not see it yet.</summary>
    public StoredObject? Find(string type, string id) => Unit.Find(type, id) is { } stored && IsVisible(stored) ? stored : null;

    /// <summary>The answer to <c>GET /v1/…/{id}</c>.</summary>
    public StripeAnswer Show(string type, string what, string parameter) =>
        Find(type, Id) is { } stored ? StripeAnswer.Ok(stored.Body) : StripeAnswer.Missing(what, Id, parameter);
}

/// <summary>Does one operation. Changes are kept or dropped by the kind of the answer.</summary>
internal delegate StripeAnswer StripeHandler(StripeCall call);
