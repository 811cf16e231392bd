using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Payments;

/// <summary>The limits, delays and fees of payments. <see cref="Check"/> runs at start.</summary>
public sealed record PaymentOptions
{
    private const int BankLengthMax = 30;

    /// <summary>How long "no such payment" after a lost answer may still mean "not yet" (fault U-03). 1 second to 24 hours.</summary>
    public TimeSpan SettleWindow { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>The shortest time between two looks at a provider's object. 100 milliseconds to 1 hour.</summary>
    public TimeSpan PollFirst { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest time between two looks. At least <see cref="PollFirst"/>, at most 24 hours.</summary>
    public TimeSpan PollMax { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a request waits for the provider before it answers with what is known. 0 to 60 seconds.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a payer may take to act at the bank, or to approve at the acquirer; afterwards the payment is cancelled (fault U-13). 1 second to 24 hours.</summary>
    public TimeSpan ActionTime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a payer may take to agree that a payment method is stored. 1 second to 3 days, which is how long PayPal waits.</summary>
    public TimeSpan SourceTime { get; init; } = TimeSpan.FromDays(3);

    /// <summary>Clocks of the provider and ours may differ by this much when looking for what was created after a time. 0 to 1 hour.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether events of the provider's live environment are ours; others are refused (fault W-12).</summary>
    public bool LiveMode { get; init; }

    /// <summary>The merchant's fee on what is captured, in hundredths of a percent. 0 to 10,000.</summary>
    public int FeeBasisPoints { get; init; } = 290;

    /// <summary>The merchant's fee on the first capture of a payment, in smallest units of its currency. Not negative.</summary>
    public int FeeFixed { get; init; } = 30;

    /// <summary>Merchants with other fees, by the id of their wallet.</summary>
    public ImmutableDictionary<Guid, MerchantFees> MerchantFees { get; init; } = ImmutableDictionary<Guid, MerchantFees>.Empty;

    /// <summary>Whether a refund gives back its share of the fee, rounded down; the rest of a cent stays with the house (fault R-16).</summary>
    public bool RefundsFees { get; init; } = true;

    /// <summary>The acquirer of payments that no rule takes.</summary>
    public string Provider { get; init; } = "stripe";

    /// <summary>What is kept back of each capture, in hundredths of a percent, rounded down. 0 to 10,000; 0 keeps nothing.</summary>
    public int ReserveBasisPoints { get; init; }

    /// <summary>How long it is kept back. 1 second to 10 years.</summary>
    public TimeSpan ReserveTime { get; init; } = TimeSpan.FromDays(90);

    /// <summary>The name of the bank account that providers pay to, as in <c>bank:{name}:safeguarded</c>. 1 to 30 lower-case letters, digits and <c>_</c>.</summary>
    public string SettlementBank { get; init; } = "main";

    /// <summary>How often providers are asked for new settlements. 1 second to 24 hours.</summary>
    public TimeSpan SettlementPull { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How far the first question for settlements looks back. 1 to 365 days.</summary>
    public TimeSpan SettlementLookback { get; init; } = TimeSpan.FromDays(31);

    /// <summary>How long a settlement is looked at for its return (fault R-17); events tell of later ones. 1 to 365 days.</summary>
    public TimeSpan SettlementWatch { get; init; } = TimeSpan.FromDays(10);

    /// <summary>What is done with a payment like one of a moment ago under a fresh key (fault I-08).</summary>
    public DuplicatePolicy Duplicates { get; init; } = DuplicatePolicy.Warn;

    /// <summary>How long ago that one may be. 1 second to 24 hours.</summary>
    public TimeSpan DuplicateWindow { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The acquirers that are configured. Rules and payment sources may name these.</summary>
    public ImmutableArray<string> Acquirers { get; init; } = ["stripe"];

    /// <summary>Whether a payment source names no acquirer, or one that is configured.</summary>
    public bool Knows(string paymentSource) => PaymentRoute.NamedIn(paymentSource) is not { } named || Acquirers.Contains(named);

    /// <summary>Rules that name the acquirer of a new payment; the first that takes it decides. What has begun stays where it is.</summary>
    public ImmutableArray<PaymentRoute> Routes { get; init; } = [];

    /// <summary>The fees that a new payment of a merchant keeps for its life.</summary>
    public MerchantFees FeesOf(Guid merchant) => MerchantFees.GetValueOrDefault(merchant) ?? new MerchantFees(FeeBasisPoints, FeeFixed);

    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range; the message names it.</exception>
    public PaymentOptions Check()
    {
        InRange(SettleWindow, TimeSpan.FromSeconds(1), TimeSpan.FromHours(24), nameof(SettleWindow));
        InRange(PollFirst, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1), nameof(PollFirst));
        InRange(PollMax, PollFirst, TimeSpan.FromHours(24), nameof(PollMax));
        InRange(Patience, TimeSpan.Zero, TimeSpan.FromSeconds(60), nameof(Patience));
        InRange(ActionTime, TimeSpan.FromSeconds(1), TimeSpan.FromHours(24), nameof(ActionTime));
        InRange(SourceTime, TimeSpan.FromSeconds(1), TimeSpan.FromDays(3), nameof(SourceTime));
        InRange(ClockSkew, TimeSpan.Zero, TimeSpan.FromHours(1), nameof(ClockSkew));
        InRange(DuplicateWindow, TimeSpan.FromSeconds(1), TimeSpan.FromHours(24), nameof(DuplicateWindow));
        ArgumentOutOfRangeException.ThrowIfNegative(ReserveBasisPoints);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ReserveBasisPoints, Florin.Payments.MerchantFees.BasisPointsMax);
        InRange(ReserveTime, Transaction.TimeoutMin, Transaction.TimeoutMax, nameof(ReserveTime));
        InRange(SettlementPull, TimeSpan.FromSeconds(1), TimeSpan.FromHours(24), nameof(SettlementPull));
        InRange(SettlementLookback, TimeSpan.FromDays(1), TimeSpan.FromDays(365), nameof(SettlementLookback));
        InRange(SettlementWatch, TimeSpan.FromDays(1), TimeSpan.FromDays(365), nameof(SettlementWatch));
        bool isName = SettlementBank.Length is > 0 and <= BankLengthMax
            && SettlementBank.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '_');
        if (!isName)
        {
            throw new ArgumentOutOfRangeException(nameof(SettlementBank), SettlementBank, "Must be a name of lower-case letters, digits and underscores.");
        }

        foreach (MerchantFees fees in MerchantFees.Values.Append(new MerchantFees(FeeBasisPoints, FeeFixed)))
        {
            ArgumentOutOfRangeException.ThrowIfNegative(fees.BasisPoints, nameof(FeeBasisPoints));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(fees.BasisPoints, Florin.Payments.MerchantFees.BasisPointsMax, nameof(FeeBasisPoints));
            ArgumentOutOfRangeException.ThrowIfNegative(fees.Fixed, nameof(FeeFixed));
        }

        foreach (string acquirer in Routes.Select(route => route.Acquirer).Append(Provider))
        {
            if (!Acquirers.Contains(acquirer))
            {
                throw new ArgumentOutOfRangeException(nameof(Routes), acquirer, "Not an acquirer that is configured.");
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
