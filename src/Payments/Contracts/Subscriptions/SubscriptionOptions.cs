using System.Collections.Immutable;

namespace Florin.Payments;

/// <summary>What becomes of a subscription whose invoice was not paid when the last retry failed.</summary>
public enum AfterDunning
{
    /// <summary>It ends.</summary>
    Canceled = 1,

    /// <summary>It stays without being billed, until the invoice is paid by hand.</summary>
    Unpaid = 2,
}

/// <summary>How unpaid invoices are collected. <see cref="Check"/> runs at start.</summary>
public sealed record SubscriptionOptions
{
    public const int RetriesMax = 20;

    public const int RetryDaysMax = 90;

    /// <summary>Days after the first failed attempt on which it is tried again; rising, 1 to 90, at most 20. Empty gives up at once.</summary>
    public ImmutableArray<int> RetryDays { get; init; } = [1, 3, 5, 7];

    public AfterDunning AfterDunning { get; init; } = AfterDunning.Canceled;

    /// <summary>How many days before its last day is over a card is said to expire. 1 to 90.</summary>
    public int CardNoticeDays { get; init; } = 30;

    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range; the message names it.</exception>
    public SubscriptionOptions Check()
    {
        bool isRising = RetryDays.Zip(RetryDays.Skip(1)).All(pair => pair.First < pair.Second);
        if (RetryDays.Length > RetriesMax || !isRising || RetryDays.Any(day => day is < 1 or > RetryDaysMax))
        {
            throw new ArgumentOutOfRangeException(
                nameof(RetryDays), string.Join(',', RetryDays), $"Must be at most {RetriesMax} rising numbers from 1 to {RetryDaysMax}.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(CardNoticeDays, 1, nameof(CardNoticeDays));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(CardNoticeDays, RetryDaysMax, nameof(CardNoticeDays));
        return this;
    }
}
