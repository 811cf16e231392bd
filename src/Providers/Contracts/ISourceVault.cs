namespace Florin.Providers;

/// <summary>
/// Stores a payer's payment method without a purchase: the payer agrees at the provider, and its token can be charged afterwards. Implementations are
/// thread-safe. Nothing here moves money; outcomes and keys are as with <see cref="IAcquirer"/>, and repeating is harmless.
/// </summary>
public interface ISourceVault
{
    /// <summary>The acquirer whose tokens these are: <c>paypal</c>.</summary>
    string Name { get; }

    /// <summary>Begins: the payer has to be sent to <see cref="SourceSetup.ApprovalUrl"/>.</summary>
    ValueTask<ProviderOutcome<SourceSetup>> BeginAsync(SourceSetupRequest request, CancellationToken cancellationToken);

    ValueTask<ProviderLookup<SourceSetup>> GetAsync(string setupId, CancellationToken cancellationToken);

    /// <summary>Makes the token of a setup that the payer has approved.</summary>
    /// <returns>The token, which is charged as a payment source.</returns>
    ValueTask<ProviderOutcome<string>> CompleteAsync(string setupId, string idempotencyKey, CancellationToken cancellationToken);
}

/// <param name="ReturnUrl">Where the payer's browser returns to after approving.</param>
/// <param name="CancelUrl">Where it returns to otherwise.</param>
public sealed record SourceSetupRequest(string ReturnUrl, string CancelUrl, string IdempotencyKey);

public enum SourceSetupStatus
{
    /// <summary>A state that this version does not know.</summary>
    Unrecognised = 0,

    /// <summary>The payer has not said anything yet.</summary>
    AwaitsPayer = 1,

    /// <summary>The payer agreed: the token can be made.</summary>
    Approved = 2,

    /// <summary>The token was made.</summary>
    Completed = 3,
}

/// <param name="Id">The provider's id.</param>
/// <param name="ApprovalUrl">Where the payer's browser is to be sent, or null when it need not.</param>
/// <param name="RawStatus">The provider's own word.</param>
public sealed record SourceSetup(string Id, SourceSetupStatus Status, string? ApprovalUrl, string RawStatus);
