namespace Florin.Wallets;

public enum FundingSourceKind
{
    Card = 1,
    BankAccount = 2,

    /// <summary>A PayPal account: money goes out to it and none comes in from it.</summary>
    Paypal = 3,
}

/// <summary>A card, bank account or PayPal account that a user linked, known by the provider's id; a card's or account's number never comes here.</summary>
/// <param name="Account">Of a PayPal account, so much of its e-mail address or id that its owner knows it again; else null.</param>
/// <param name="Status"><c>active</c> or <c>removing</c> (no longer usable, not yet unlinked at the provider).</param>
public sealed record FundingSource(
    Guid Id, FundingSourceKind Kind, string? Brand, string? Last4, string? BankName, string? Account, string Status, DateTimeOffset CreatedAt);

/// <summary>What became of linking or unlinking a funding source. No money moves, so a caller may simply repeat.</summary>
public abstract record FundingSourceOutcome
{
    private FundingSourceOutcome()
    {
    }

    /// <summary>Linked now; or unlinked, when that was asked for.</summary>
    public sealed record Done(FundingSource Source) : FundingSourceOutcome;

    /// <summary>The user has linked it before; this is the same funding source.</summary>
    public sealed record AlreadyLinked(FundingSource Source) : FundingSourceOutcome;

    public sealed record NotFound : FundingSourceOutcome;

    /// <summary>The provider of such accounts is not configured here.</summary>
    public sealed record NotOffered : FundingSourceOutcome;

    /// <summary>The text cannot name an account at the provider. Nothing was asked.</summary>
    public sealed record NotAnAccount : FundingSourceOutcome;

    /// <summary>The provider does not accept the payment method.</summary>
    /// <param name="Code">The provider's code.</param>
    public sealed record Declined(string Code) : FundingSourceOutcome;

    /// <summary>The provider cannot be reached, or its answer was lost. Repeat after the delay.</summary>
    public sealed record ProviderUnavailable(TimeSpan RetryAfter) : FundingSourceOutcome;
}
