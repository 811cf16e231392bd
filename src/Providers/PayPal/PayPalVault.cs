using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.PayPal;

/// <summary>Vault v3: setup tokens that a payer approves, and the payment tokens that are made of them. Thread-safe.</summary>
/// <remarks>PayPal remembers request ids here for three hours; a repeat afterwards begins another setup, which nobody approves.</remarks>
internal sealed class PayPalVault(PayPalClient client, PayPalOutcomes outcomes, PayPalReads reads) : ISourceVault
{
    private const string SetupPath = "/v3/vault/setup-tokens";
    private const string TokenPath = "/v3/vault/payment-tokens";

    public string Name => PayPalAcquirer.ProviderName;

    public async ValueTask<ProviderOutcome<SourceSetup>> BeginAsync(SourceSetupRequest request, CancellationToken cancellationToken)
    {
        PayPalCall call = client.Post(
            "begin_setup", CallKind.Change, SetupPath, PayPalBodies.Setup(request), PayPalIds.RequestId(request.IdempotencyKey, "setup"));
        return outcomes.Outcome<SourceSetup>(
            call, await client.SendAsync(call, cancellationToken), json => Read(json) is { } setup ? new ProviderOutcome<SourceSetup>.Accepted(setup) : null);
    }

    public ValueTask<ProviderLookup<SourceSetup>> GetAsync(string setupId, CancellationToken cancellationToken) =>
        reads.ReadAsync("get_setup", SetupPath + "/", setupId, Read, cancellationToken);

    public async ValueTask<ProviderOutcome<string>> CompleteAsync(string setupId, string idempotencyKey, CancellationToken cancellationToken)
    {
        const string operation = "complete_setup";
        if (!PayPalIds.IsId(setupId))
        {
            return outcomes.Refused<string>(operation, PayPalRefusals.InvalidSetup);
        }

        PayPalCall call = client.Post(operation, CallKind.Change, TokenPath, PayPalBodies.Token(setupId), PayPalIds.RequestId(idempotencyKey, "token"));
        return outcomes.Outcome<string>(
            call,
            await client.SendAsync(call, cancellationToken),
            json => json.Text("id") is { } token && PayPalIds.IsVaultId(token) ? new ProviderOutcome<string>.Accepted(token) : null);
    }

    private static SourceSetup? Read(JsonElement json) => json.Text("id") is { } id && PayPalIds.IsId(id) && json.Text("status") is { Length: > 0 } status
        ? new SourceSetup(
            id,
            status switch
            {
                "CREATED" or "PAYER_ACTION_REQUIRED" => SourceSetupStatus.AwaitsPayer,
                "APPROVED" => SourceSetupStatus.Approved,
                "VAULTED" or "TOKENIZED" => SourceSetupStatus.Completed,
                _ => SourceSetupStatus.Unrecognised,
            },
            PayPalOrder.ApprovalLink(json),
            status)
        : null;
}
