using System.Collections.Immutable;

namespace Florin.Wallets;

/// <summary>The limits and delays of wallets. <see cref="Check"/> runs at start.</summary>
public sealed record WalletOptions
{
    /// <summary>
    /// How long "no such payment" after a lost answer may still mean "not yet", because providers index late (fault U-03). 1 second to 24 hours.
    /// </summary>
    public TimeSpan SettleWindow { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>The shortest time between two looks at a provider's object. 100 milliseconds to 1 hour.</summary>
    public TimeSpan PollFirst { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest time between two looks. At least <see cref="PollFirst"/>, at most 24 hours.</summary>
    public TimeSpan PollMax { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a request waits for the provider before it answers with what is known. 0 to 60 seconds.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a cancel request waits for its effect. 0 to 60 seconds.</summary>
    public TimeSpan CancelPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How old an idempotency key may be when a payout is sent again under it. Below the 24 hours after which the provider may forget it
    /// (Stripe API reference, idempotent requests); at least <see cref="SettleWindow"/>.
    /// </summary>
    public TimeSpan ResubmitUntil { get; init; } = TimeSpan.FromHours(23);

    /// <summary>
    /// How long money may lie in suspense for an account that is frozen or closed before a person has to decide: its flow is then listed among
    /// those that wait for one. 1 second to 365 days.
    /// </summary>
    public TimeSpan SuspenseReviewAfter { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Clocks of the provider and ours may differ by this much when looking for what was created after a time. 0 to 1 hour.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether events of the provider's live environment are ours; others are refused (fault W-12).</summary>
    public bool LiveMode { get; init; }

    /// <summary>Currencies that wallets hold, upper-case ISO 4217 codes.</summary>
    public ImmutableSortedSet<string> Currencies { get; init; } =
    [
        "AED", "AUD", "BHD", "BRL", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "INR", "JOD", "JPY", "KRW", "KWD", "MXN", "NOK", "NZD",
        "PLN", "RON", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "USD", "ZAR",
    ];

    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range; the message names it.</exception>
    public WalletOptions Check()
    {
        InRange(SettleWindow, TimeSpan.FromSeconds(1), TimeSpan.FromHours(24), nameof(SettleWindow));
        InRange(PollFirst, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1), nameof(PollFirst));
        InRange(PollMax, PollFirst, TimeSpan.FromHours(24), nameof(PollMax));
        InRange(Patience, TimeSpan.Zero, TimeSpan.FromSeconds(60), nameof(Patience));
        InRange(CancelPatience, TimeSpan.Zero, TimeSpan.FromSeconds(60), nameof(CancelPatience));
        InRange(ResubmitUntil, SettleWindow, TimeSpan.FromHours(23), nameof(ResubmitUntil));
        InRange(SuspenseReviewAfter, TimeSpan.FromSeconds(1), TimeSpan.FromDays(365), nameof(SuspenseReviewAfter));
        InRange(ClockSkew, TimeSpan.Zero, TimeSpan.FromHours(1), nameof(ClockSkew));
        ArgumentOutOfRangeException.ThrowIfZero(Currencies.Count, nameof(Currencies));
        foreach (string code in Currencies)
        {
            if (!Ledger.Assets.TryGet(code, out _))
            {
                throw new ArgumentOutOfRangeException(nameof(Currencies), code, "The ledger does not know this currency.");
            }
        }

        return this;
    }

    private static void InRange(TimeSpan value, TimeSpan min, TimeSpan max, string name)
    {
        if (value < min || value > max)
        {
            throw new ArgumentOutOfRangeException(name, value, $"Must be {min} to {max}.");
        }
    }
}
