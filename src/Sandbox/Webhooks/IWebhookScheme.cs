using System.Text.Json.Nodes;
using Florin.Sandbox.Faults;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Webhooks;

/// <summary>What is one provider's own in its webhooks: the event's shape and the signature.</summary>
internal interface IWebhookScheme
{
    string Provider { get; }

    /// <summary>The event's type, and the id of the object that it tells of.</summary>
    (string Type, string Subject) Describe(JsonObject told);

    /// <summary>Makes the event tell of another amount (fault <c>amount_mismatch</c>).</summary>
    void AlterAmount(JsonObject told, Fault fault);

    /// <summary>Adds the provider's headers, wrong or old ones when a fault says so.</summary>
    void Sign(HttpRequestMessage request, StoredObject endpoint, byte[] body, Fault? fault);
}
