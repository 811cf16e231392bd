using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.PayPal;

/// <summary>One request as its handler sees it.</summary>
/// <param name="VisibleUntilMs">Objects made after this instant are not found by this read (fault <c>not_found_for</c>).</param>
internal sealed record PayPalCall(
    PayPalSession Session, IReadOnlyList<string> PathIds, JsonObject Body, IReadOnlyDictionary<string, string> Query, long VisibleUntilMs)
{
    public string Id => PathIds[0];

    public UnitOfWork Unit => Session.Unit;

    public StoredObject? Find(string type, string id) =>
        Unit.Find(type, id) is { } stored && stored.Hidden.Number("created_ms") <= VisibleUntilMs ? stored : null;

    public string? Text(string name) => Query.GetValueOrDefault(name);

    /// <summary>The answer to a read of one object.</summary>
    public PayPalAnswer Show(string type) => Find(type, Id) is { } stored ? PayPalAnswer.Ok(PayPalViews.Of(Session, stored)) : PayPalAnswer.Missing();

    /// <summary>The answer to a request that made an object.</summary>
    public PayPalAnswer Made(StoredObject made) => PayPalAnswer.Created(PayPalViews.Of(Session, made), made.Id);
}

/// <summary>Does one operation. Its changes are kept when the answer is a success.</summary>
internal delegate PayPalAnswer PayPalHandler(PayPalCall call);
