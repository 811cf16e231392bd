using Florin.Flows;
using Florin.Ledger;

namespace Florin.Identity.Keys;

/// <summary>Encrypts the signing secrets of webhook endpoints under a key that only they have.</summary>
internal sealed class WebhookSecrets(IdentityOptions options, IdSource ids) : ISecretBox
{
    private readonly MasterKey key = new(options.MasterKey, ids.NextSecret, "florin/flows/webhook-secret/1");

    public byte[] Close(ReadOnlySpan<byte> secret, string context) => key.Wrap(secret, context);

    public byte[] Open(ReadOnlySpan<byte> closed, string context) => key.Unwrap(closed, context);
}
