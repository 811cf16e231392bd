using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Wallets;

/// <summary>How often a merchant is paid. Numbers are stored: append, never renumber.</summary>
public enum PayoutInterval
{
    /// <summary>Only when somebody asks for it.</summary>
    Manual = 0,
    Daily = 1,
    Weekly = 2,
    Monthly = 3,
}

/// <summary>When and what a merchant is paid by itself. Days begin at midnight, UTC.</summary>
/// <param name="Day">Weekly: 1 (Monday) to 7. Monthly: 1 to 31, the last day of shorter months. Else null.</param>
/// <param name="DelayDays">Days from the run, which counts what is there, to the payment of it. 0 to <see cref="DelayDaysMax"/>.</param>
/// <param name="Currencies">At most one for each currency; others are not paid by schedule.</param>
/// <param name="NextRun">The day of the next run; null for <see cref="PayoutInterval.Manual"/>.</param>
public sealed record PayoutSchedule(PayoutInterval Interval, int? Day, int DelayDays, ImmutableArray<PayoutTerms> Currencies, DateOnly? NextRun)
{
    public const int DelayDaysMax = 30;

    /// <summary>The most currencies.</summary>
    public const int CurrenciesMax = 32;
}

/// <param name="Minimum">Less than this is not paid; its currency is what is paid. Above zero.</param>
/// <param name="DestinationId">A bank or PayPal account of the merchant.</param>
public sealed record PayoutTerms(Money Minimum, Guid DestinationId);
