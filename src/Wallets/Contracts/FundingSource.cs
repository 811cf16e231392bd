namespace Florin.Wallets;

public enum FundingSourceKind
{
    Card = 1,
    BankAccount = 2,
}

/// <summary>A card or bank account that a user linked, known by the provider's id; its number never comes here.</summary>
/// <param name="Status"><c>active</c> or <c>removing</c> (no longer usable, not yet unlinked at the provider).</param>
public sealed record FundingSource(
    Guid Id, FundingSourceKind Kind, string? Brand, string? Last4, string? BankName, string Status, DateTimeOffset CreatedAt);

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

    /// <summary>The provider does not accept the payment method.</summary>
    /// <param name="Code">The provider's code.</param>
    public sealed record Declined(string Code) : FundingSourceOutcome;

    /// <summary>The provider cannot be reached, or its answer was lost. Repeat after the delay.</summary>
    public sealed record ProviderUnavailable(TimeSpan RetryAfter) : FundingSourceOutcome;
}
